package dev.mitosis.mm.vma;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much private writable memory processes may be promised.
 *
 * <p>Source: Linux {@code Documentation/mm/overcommit-accounting.rst}, {@code mm/util.c:__vm_enough_memory}.
 */
public final class Overcommit {
    /** The values of vm.overcommit_memory. */
    public enum Mode {
        /** Refuses only what could never be had at once. */
        HEURISTIC,
        ALWAYS,
        /** Refuses what goes beyond the commit limit: half of memory, and swap. */
        NEVER
    }

    private static final int DEFAULT_RATIO_PERCENT = 50;

    private final Mode mode;
    private final long memoryPages;
    private final long swapPages;
    private final AtomicLong committedPages = new AtomicLong();

    public Overcommit(Mode mode, long memoryPages, long swapPages) {
        this.mode = mode;
        this.memoryPages = memoryPages;
        this.swapPages = swapPages;
    }

    public Mode mode() {
        return mode;
    }

    /** Committed_AS of {@code /proc/meminfo}. */
    public long committedPages() {
        return committedPages.get();
    }

    /** CommitLimit of {@code /proc/meminfo}. */
    public long limitPages() {
        return memoryPages * DEFAULT_RATIO_PERCENT / 100 + swapPages;
    }

    /** Promises pages, or throws ENOMEM. */
    public void charge(long pages) {
        long after = committedPages.addAndGet(pages);
        boolean isTooMuch =
                switch (mode) {
                    case ALWAYS -> false;
                    case HEURISTIC -> pages > memoryPages + swapPages;
                    case NEVER -> after > limitPages();
                };
        if (isTooMuch) {
            committedPages.addAndGet(-pages);
            throw new KernelException(
                    Errno.ENOMEM, "committing " + pages * Frames.PAGE_BYTES + " bytes more is not allowed");
        }
    }

    /** Takes a promise back. */
    public void uncharge(long pages) {
        committedPages.addAndGet(-pages);
    }
}
