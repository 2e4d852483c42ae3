package dev.mitosis.kernel;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.pagecache.PageContents;
import dev.mitosis.mm.vma.Vma;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Our kernel with the differential server's requests: one process, perhaps a child, a file, and what pages contain. */
final class OurKernel implements PageContents {
    private static final int SIGSEGV = 11;
    private static final int SIGBUS = 7;

    private final TinyBoard board;
    private final Map<Long, Integer> bytes = new HashMap<>();
    private final Map<Long, Integer> fileBytes = new HashMap<>();
    private final PageCache file = PageCache.file("oracle", Window.FILE_PAGES);
    private final Task parent;
    private final long heapVa;
    private @Nullable Task child;

    /** A kernel as the host's is: its heap begins there, and a first read maps the zero page or does not. */
    OurKernel(long heapVa, boolean hasZeroPage) {
        this.heapVa = heapVa;
        board = new TinyBoard(2, 1 << 16, KernelSettings.DEFAULT.withZeroPage(hasZeroPage));
        board.kernel.install(this);
        parent = board.kernel.spawn(0);
        parent.mm().setStartBrk(heapVa);
        for (long page = 0; page < Window.FILE_PAGES; page++) {
            fileBytes.put(page, (int) (100 + page));
        }
        // The server has written its file, and holds it open.
        file.open();
        int readOnly = Abi.PROT_READ;
        long bytesOfFile = Window.FILE_PAGES * Frames.PAGE_BYTES;
        long va = board.kernel.mmap(parent, Window.VA, bytesOfFile, readOnly, Abi.MAP_SHARED, file, 0);
        board.kernel.populate(parent, va, bytesOfFile, false);
        board.kernel.munmap(parent, va, bytesOfFile);
    }

    Task task(int who) {
        Task forked = child;
        return who == 1 && forked != null ? forked : parent;
    }

    boolean hasChild() {
        return child != null;
    }

    /** Makes a call as the server would: its result, or a negative errno; for an access the byte, or -1000 minus the signal. */
    Seen call(int who, HostKernel.Request what, long... a) {
        Task task = task(who);
        long result;
        try {
            result = call(task, what, a);
        } catch (KernelException refused) {
            result = -refused.errno().number();
        }
        Task seenBy = task(who);
        return new Seen(result, resident(seenBy), lines(seenBy));
    }

    private long call(Task task, HostKernel.Request what, long[] a) {
        Kernel kernel = board.kernel;
        switch (what) {
            case MMAP -> {
                return kernel.mmap(task, a[0], a[1], (int) a[2], (int) a[3]);
            }
            case MMAP_FILE -> {
                return kernel.mmap(task, a[0], a[1], (int) a[2], (int) a[3], file, a[4]);
            }
            case MREMAP -> {
                return kernel.mremap(task, a[0], a[1], a[2], (int) a[3], a[4]);
            }
            case READ -> {
                return access(task, a[0], false, 0);
            }
            case WRITE -> {
                return access(task, a[0], true, (int) a[1]);
            }
            case BRK -> {
                return kernel.brk(task, heapVa + a[0]) - heapVa;
            }
            case MUNMAP -> kernel.munmap(task, a[0], a[1]);
            case MPROTECT -> kernel.mprotect(task, a[0], a[1], (int) a[2]);
            case MADVISE -> kernel.madvise(task, a[0], a[1], (int) a[2]);
            case MINCORE -> mincore(task, a[0], a[1]);
            case MLOCK -> kernel.mlock(task, a[0], a[1]);
            case MUNLOCK -> kernel.munlock(task, a[0], a[1]);
            case MSYNC -> kernel.msync(task, a[0], a[1], (int) a[2]);
            case FORK -> fork();
            case EXIT -> exit();
            case FTRUNCATE -> truncate(task, a[0]);
            default -> throw new IllegalArgumentException(what.toString());
        }
        return 0;
    }

    private void mincore(Task task, long va, long length) {
        board.kernel.mincore(task, va, length);
    }

    private void fork() {
        if (child != null) {
            throw new KernelException(Errno.EAGAIN, "there is a child already");
        }
        child = board.kernel.fork(parent, 1);
    }

    private void exit() {
        Task forked = child;
        if (forked != null) {
            board.kernel.exit(forked);
            child = null;
        }
    }

    private void truncate(Task task, long pages) {
        board.kernel.truncate(task, file, pages);
        fileBytes.keySet().removeIf(page -> page >= pages);
    }

    private long access(Task task, long va, boolean isWrite, int value) {
        long pfn = board.access(task.cpu(), va, isWrite);
        if (pfn < 0) {
            return -1000L - (board.lastOutcome() == FaultOutcome.SIGBUS ? SIGBUS : SIGSEGV);
        }
        if (!isWrite) {
            return bytes.getOrDefault(pfn, 0);
        }
        bytes.put(pfn, value);
        Vma area = task.mm().areas().find(va);
        if (area != null && area.file() == file && !area.isPrivate()) {
            fileBytes.put(area.pageAt(va), value);
        }
        return 0;
    }

    // ---- what can be seen ----

    private long resident(Task task) {
        long bits = 0;
        for (int page = 0; page < Window.PAGES; page++) {
            bits |= isResident(task, Window.VA + page * Frames.PAGE_BYTES) ? 1L << page : 0;
        }
        long heap = (heapVa + Frames.PAGE_BYTES - 1) & -Frames.PAGE_BYTES;
        for (int page = 0; page < Window.HEAP_PAGES; page++) {
            bits |= isResident(task, heap + page * Frames.PAGE_BYTES) ? 1L << Window.PAGES + page : 0;
        }
        return bits;
    }

    private boolean isResident(Task task, long va) {
        return task.mm().areas().find(va) != null && board.kernel.mincore(task, va, Frames.PAGE_BYTES)[0] != 0;
    }

    private List<Seen.Line> lines(Task task) {
        List<Seen.Line> lines = new ArrayList<>();
        List<Vma> areas =
                new ArrayList<>(task.mm().areas().overlapping(heapVa, heapVa + Window.HEAP_PAGES * Frames.PAGE_BYTES));
        List<Vma> ofWindow = task.mm().areas().overlapping(Window.VA, Window.END_VA);
        // In the order of addresses, as the maps are.
        if (heapVa < Window.VA) {
            areas.addAll(ofWindow);
        } else {
            areas.addAll(0, ofWindow);
        }
        for (Vma area : areas) {
            int rights = (area.flags() & Vma.PROTECTION) | (area.isPrivate() ? 0 : 8);
            lines.add(new Seen.Line(area.startVa(), area.endVa(), rights));
        }
        return lines;
    }

    // ---- contents ----

    @Override
    public void cleared(long pfn, int order) {
        for (long i = 0; i < 1L << order; i++) {
            bytes.put(pfn + i, 0);
        }
    }

    @Override
    public void copied(long fromPfn, long toPfn, int order) {
        for (long i = 0; i < 1L << order; i++) {
            bytes.put(toPfn + i, bytes.getOrDefault(fromPfn + i, 0));
        }
    }

    @Override
    public void readFromFile(PageCache of, long page, long pfn) {
        bytes.put(pfn, fileBytes.getOrDefault(page, 0));
    }
}
