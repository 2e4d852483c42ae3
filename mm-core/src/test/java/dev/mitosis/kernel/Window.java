package dev.mitosis.kernel;

/** The addresses that the differential tests work on. */
final class Window {
    static final int PAGES = 48;
    /** Across the border of two leaf tables, where nothing else of a process is. */
    static final long VA = (1L << 40) + (2L << 20) - 24 * 4096;

    static final long END_VA = VA + PAGES * 4096L;
    static final int HEAP_PAGES = 16;
    static final int FILE_PAGES = 12;

    private Window() {}
}
