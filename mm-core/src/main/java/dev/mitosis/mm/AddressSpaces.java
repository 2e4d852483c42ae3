package dev.mitosis.mm;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** All address spaces that live, oldest first: what reclaim, same-page merging and the huge page daemon go through. */
public final class AddressSpaces {
    private final List<MmStruct> all = new CopyOnWriteArrayList<>();

    public void add(MmStruct mm) {
        all.add(mm);
    }

    public void remove(MmStruct mm) {
        all.remove(mm);
    }

    /** Those that live now; one that goes meanwhile has no root any more. */
    public List<MmStruct> all() {
        return List.copyOf(all);
    }
}
