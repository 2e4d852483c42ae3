package dev.mitosis.replication;

import java.util.HashMap;
import java.util.Map;

/**
 * What an address space should be, the naive way: a map from pages to what is there.
 *
 * <p>Frames have no contents, so identity stands for them: a page that was touched has a number that it shares with the pages
 * that must have the same frame, and with no others.
 */
final class NaiveMemory {
    /** A mapped page. */
    static final class Page {
        int prot;
        final boolean isShared;
        /** The identity of its frame, 0 before it was touched. */
        long identity;
        /** For a shared page: its place in its object. */
        final long objectPage;

        Page(int prot, boolean isShared, long identity, long objectPage) {
            this.prot = prot;
            this.isShared = isShared;
            this.identity = identity;
            this.objectPage = objectPage;
        }

        Page copy() {
            return new Page(prot, isShared, identity, objectPage);
        }
    }

    final Map<Long, Page> pages = new HashMap<>();

    NaiveMemory fork() {
        NaiveMemory child = new NaiveMemory();
        pages.forEach((page, state) -> child.pages.put(page, state.copy()));
        return child;
    }
}
