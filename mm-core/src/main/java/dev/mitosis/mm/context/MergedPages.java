package dev.mitosis.mm.context;

/** Owns the pages that same-page merging made, and drops references to them under its own lock; installed at boot. */
public interface MergedPages {
    /** No page is merged. */
    MergedPages NONE = pfn -> {
        throw new IllegalStateException("frame " + pfn + " is marked as merged, and nothing merges");
    };

    /** Drops a mapping's reference to a merged page; true when that was the last. */
    boolean release(long pfn);
}
