package dev.mitosis.mm.pagecache;

/**
 * What happens to the contents of data pages, for whoever keeps any: data frames are numbers here, and the kernel only says what
 * it clears, copies, writes out and reads in.
 *
 * <p>Same-page merging asks it which pages are equal.
 *
 * <p>Concurrency: where several threads run the kernel, several call at once, each for frames that no other may change.
 */
public interface PageContents {
    /** Contents that nobody keeps: no two pages are known to be equal. */
    PageContents UNKNOWN = new PageContents() {};

    default void cleared(long pfn, int order) {}

    default void copied(long fromPfn, long toPfn, int order) {}

    default void writtenToSwap(long pfn, long slot) {}

    default void readFromSwap(long slot, long pfn) {}

    /** A page of a file was read into a frame. */
    default void readFromFile(PageCache file, long page, long pfn) {}

    /** A number that equal pages share; -1 when nothing is known, and then the page is never merged. */
    default long digest(long pfn) {
        return -1;
    }

    /** Says whether two pages are equal, byte for byte. */
    default boolean areEqual(long pfn, long otherPfn) {
        return false;
    }
}
