package dev.mitosis.race;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One thread of the storm: a processor and a spare one, pages of its own whose contents it knows, and pages that all threads of
 * the process change.
 */
final class StormThread {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int FIXED = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;
    private static final int OWN_PAGES = 1536;
    private static final int SMALL_PAGES = 48;
    private static final int COMMON_PAGES = 640;
    private static final long OWN_VA = 0x10_0000_0000L;
    private static final long COMMON_VA = 0x20_0000_0000L;

    private final Storm storm;
    private final Kernel kernel;
    private final int number;
    private final Task task;
    private final Random random;
    private final long ownVa;
    /** What each own page contains: 0 for nothing yet; where {@link #mayBeEmpty} says so, that or nothing. */
    private final long[] expected = new long[OWN_PAGES];

    private final boolean[] isMapped = new boolean[OWN_PAGES];
    private final boolean[] mayBeEmpty = new boolean[OWN_PAGES];
    private final Map<String, Long> counts = new TreeMap<>();
    private long nextValue = 1;
    private long found;

    StormThread(Storm storm, int number, Task task, Random random) {
        this.storm = storm;
        this.kernel = storm.kernel;
        this.number = number;
        this.task = task;
        this.random = random;
        this.ownVa = OWN_VA + ((long) number << 30);
    }

    Map<String, Long> counts() {
        return counts;
    }

    void step() {
        int draw = random.nextInt(1000);
        if (draw < 500) {
            ownAccess();
        } else if (draw < 640) {
            commonAccess();
        } else if (draw < 780) {
            ownCall();
        } else if (draw < 880) {
            commonCall();
        } else if (draw < 910) {
            fork();
        } else if (draw < 930) {
            move();
        } else if (draw < 985) {
            daemon();
        } else {
            replicate();
        }
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    // ---- own pages: what was stored is there ----

    private int ownPage() {
        return random.nextInt(4) == 0 ? random.nextInt(OWN_PAGES) : random.nextInt(SMALL_PAGES);
    }

    private long va(int page) {
        return ownVa + ((long) page << Frames.PAGE_SHIFT);
    }

    private void ownAccess() {
        int page = ownPage();
        boolean isWrite = random.nextInt(3) == 0;
        count(isWrite ? "own store" : "own load");
        if (!isMapped[page]) {
            if (access(task.cpu(), va(page), false, 0) != ConcurrentBoard.SIGNAL) {
                throw new AssertionError("page " + page + " of thread " + number + " should not be mapped");
            }
            return;
        }
        if (isWrite) {
            // Few values, so that pages are equal and get merged; tagged, so that they are nobody else's.
            long value = (long) (number + 1) << 32 | 1 + nextValue++ % 3;
            demand(access(task.cpu(), va(page), true, value), page);
            expected[page] = value;
            mayBeEmpty[page] = false;
        } else {
            demand(access(task.cpu(), va(page), false, 0), page);
            check(page, found);
        }
    }

    private void demand(long pfn, int page) {
        if (pfn == ConcurrentBoard.SIGNAL) {
            throw new AssertionError("page " + page + " of thread " + number + " is mapped, and the access failed");
        }
    }

    private void check(int page, long value) {
        if (value == 0 && mayBeEmpty[page]) {
            expected[page] = 0;
        }
        if (value != expected[page]) {
            throw new AssertionError("page " + page + " of thread " + number + " contains " + Long.toHexString(value)
                    + ", not " + Long.toHexString(expected[page]));
        }
    }

    private long access(int cpu, long va, boolean isWrite, long value) {
        return storm.board.access(cpu, va, isWrite, pfn -> {
            if (isWrite) {
                storm.contents.put(pfn, value);
            } else {
                found = storm.contents.get(pfn);
            }
        });
    }

    private void ownCall() {
        boolean isBig = random.nextInt(6) == 0;
        int first = isBig ? 512 * random.nextInt(3) : random.nextInt(SMALL_PAGES);
        int pages = isBig ? 512 : 1 + random.nextInt(SMALL_PAGES - first);
        long bytes = (long) pages << Frames.PAGE_SHIFT;
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                count("mmap");
                kernel.mmap(task, va(first), bytes, RW, FIXED);
                forget(first, pages, true);
            }
            case 2 -> {
                count("munmap");
                kernel.munmap(task, va(first), bytes);
                forget(first, pages, false);
            }
            case 3 -> protect(first, pages);
            case 4 -> {
                count("madvise dontneed");
                if (isWhole(first, pages)) {
                    kernel.madvise(task, va(first), bytes, Abi.MADV_DONTNEED);
                    forget(first, pages, true);
                }
            }
            case 5 -> {
                count("madvise free");
                if (isWhole(first, pages)) {
                    kernel.madvise(task, va(first), bytes, Abi.MADV_FREE);
                    for (int i = first; i < first + pages; i++) {
                        mayBeEmpty[i] = true;
                    }
                }
            }
            case 6 -> {
                count("populate");
                if (isWhole(first, pages)) {
                    kernel.populate(task, va(first), bytes, true);
                }
            }
            default -> mremap(first, Math.min(pages, SMALL_PAGES));
        }
    }

    private void protect(int first, int pages) {
        count("mprotect");
        if (!isWhole(first, pages)) {
            return;
        }
        long bytes = (long) pages << Frames.PAGE_SHIFT;
        kernel.mprotect(task, va(first), bytes, Abi.PROT_READ);
        if (access(task.cpu(), va(first), true, 0xBAD) != ConcurrentBoard.SIGNAL) {
            throw new AssertionError("page " + first + " of thread " + number + " was written though it is read-only");
        }
        kernel.mprotect(task, va(first), bytes, RW);
    }

    /** There and back again, past the end of what else is own. */
    private void mremap(int first, int pages) {
        count("mremap");
        if (!isWhole(first, pages)) {
            return;
        }
        long bytes = (long) pages << Frames.PAGE_SHIFT;
        long aside = va(OWN_PAGES + 1024 + random.nextInt(600));
        int flags = Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED;
        try {
            kernel.mremap(task, va(first), bytes, bytes, flags, aside);
        } catch (KernelException severalAreas) {
            return;
        }
        demand(access(task.cpu(), aside, false, 0), first);
        check(first, found);
        kernel.mremap(task, aside, bytes, bytes, flags, va(first));
    }

    private boolean isWhole(int first, int pages) {
        for (int i = first; i < first + pages; i++) {
            if (!isMapped[i]) {
                return false;
            }
        }
        return true;
    }

    private void forget(int first, int pages, boolean mapped) {
        for (int i = first; i < first + pages; i++) {
            expected[i] = 0;
            mayBeEmpty[i] = false;
            isMapped[i] = mapped;
        }
    }

    // ---- common pages: whatever is there was stored there ----

    private void commonAccess() {
        long va = COMMON_VA + ((long) random.nextInt(COMMON_PAGES) << Frames.PAGE_SHIFT);
        boolean isWrite = random.nextBoolean();
        count(isWrite ? "common store" : "common load");
        found = 0;
        access(task.cpu(), va, isWrite, va | number % 2);
        if (found != 0 && (found & -Frames.PAGE_BYTES) != va) {
            throw new AssertionError("common page " + Long.toHexString(va) + " contains " + Long.toHexString(found));
        }
        if (found != 0 && (found & 1) != number % 2) {
            throw new AssertionError("common page " + Long.toHexString(va) + " contains what another process stored");
        }
    }

    private void commonCall() {
        int first = random.nextInt(COMMON_PAGES);
        long va = COMMON_VA + ((long) first << Frames.PAGE_SHIFT);
        long bytes = (long) (1 + random.nextInt(Math.min(96, COMMON_PAGES - first))) << Frames.PAGE_SHIFT;
        try {
            switch (random.nextInt(7)) {
                case 0, 1 -> {
                    count("common mmap");
                    kernel.mmap(task, va, bytes, RW, FIXED);
                }
                case 2 -> {
                    count("common munmap");
                    kernel.munmap(task, va, bytes);
                }
                case 3 -> {
                    count("common mprotect");
                    kernel.mprotect(task, va, bytes, random.nextBoolean() ? RW : Abi.PROT_READ);
                }
                case 4 -> {
                    count("common madvise");
                    int[] advice = {Abi.MADV_DONTNEED, Abi.MADV_FREE, Abi.MADV_COLD, Abi.MADV_PAGEOUT};
                    kernel.madvise(task, va, bytes, advice[random.nextInt(advice.length)]);
                }
                case 5 -> {
                    count("common shared mmap");
                    kernel.mmap(task, va, bytes, RW, Abi.MAP_SHARED | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED);
                }
                default -> {
                    count("common advice");
                    int[] advice = {Abi.MADV_MERGEABLE, Abi.MADV_HUGEPAGE, Abi.MADV_POPULATE_WRITE};
                    kernel.madvise(task, va, bytes, advice[random.nextInt(advice.length)]);
                }
            }
        } catch (KernelException hole) {
            // Another thread has unmapped, or protected, a part of the range.
            count("refused");
        }
    }

    // ---- processes, processors, daemons ----

    private int spareCpu() {
        return task.cpu() ^ 1;
    }

    /** A child sees what its parent has, and what it stores the parent does not see. */
    private void fork() {
        count("fork");
        Task child = kernel.fork(task, spareCpu());
        BitSet changed = new BitSet();
        for (int i = 0; i < 16; i++) {
            int page = ownPage();
            if (isMapped[page] && !changed.get(page)) {
                demand(access(child.cpu(), va(page), false, 0), page);
                boolean isDropped = found == 0 && mayBeEmpty[page];
                if (found != expected[page] && !isDropped) {
                    throw new AssertionError("the child's page " + page + " of thread " + number + " contains "
                            + Long.toHexString(found) + ", not " + Long.toHexString(expected[page]));
                }
                if (random.nextBoolean()) {
                    changed.set(page);
                    demand(access(child.cpu(), va(page), true, (long) (number + 1) << 32 | 99), page);
                }
            }
        }
        kernel.exit(child);
    }

    private void move() {
        count("move to another cpu");
        kernel.migrate(task, spareCpu());
    }

    private void daemon() {
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                count("numa scan");
                kernel.daemons().numaScan(task, 256);
            }
            case 2 -> {
                count("khugepaged");
                kernel.daemons().collapseHugePages(task);
            }
            case 3 -> {
                count("ksm scan");
                tolerate(Abi.MADV_MERGEABLE);
                kernel.daemons().ksm().scan(task.cpu());
            }
            case 4, 5 -> {
                count("reclaim");
                kernel.daemons().reclaim(task.cpu(), random.nextInt(Storm.NODES), 64);
            }
            case 6 -> {
                count("migrate data");
                kernel.migrateData(task.mm(), random.nextInt(Storm.NODES));
            }
            default -> {
                count("migrate pages");
                kernel.migratePages(task, task.mm(), 1 + random.nextInt(15), 1L << random.nextInt(Storm.NODES));
            }
        }
    }

    private void tolerate(int advice) {
        try {
            kernel.madvise(task, ownVa, (long) OWN_PAGES << Frames.PAGE_SHIFT, advice);
        } catch (KernelException hole) {
            count("refused");
        }
    }

    private void replicate() {
        switch (random.nextInt(10)) {
            case 6, 7 -> {
                count("settle tables");
                storm.migrator.migrateMisplaced(task.mm());
            }
            case 8 -> {
                count("idle");
                kernel.switchTo(task.cpu(), null);
                kernel.daemons().reclaim(task.cpu(), random.nextInt(Storm.NODES), 8);
                kernel.switchTo(task.cpu(), task);
            }
            case 9 -> {
                count("reserve");
                storm.replicator.setInherits(random.nextBoolean());
                storm.replicator.reserve(random.nextInt(Storm.NODES), random.nextInt(64));
            }
            case 0, 1, 2 -> {
                count("replicate");
                storm.replicator.replicate(task.mm(), 1 + random.nextInt(15));
            }
            case 3 -> {
                count("collapse");
                storm.replicator.collapse(task.mm());
            }
            case 4 -> {
                count("move tables");
                storm.replicator.move(task.mm(), random.nextInt(Storm.NODES));
            }
            default -> {
                count("audit");
                kernel.withWriteLock(task.mm(), () -> {
                    List<String> violations = storm.audit.violations(task.mm().pageTable());
                    if (!violations.isEmpty()) {
                        throw new AssertionError(violations.toString());
                    }
                });
            }
        }
    }
}
