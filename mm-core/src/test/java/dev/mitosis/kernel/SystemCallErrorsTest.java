package dev.mitosis.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kernel.syscall.Mlock;
import dev.mitosis.kernel.syscall.Mlockall;
import dev.mitosis.kernel.syscall.SetMempolicy;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.vma.Mempolicy;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The errors that the man pages name, one call each, on a process with a few mappings; and a refused call changes nothing. */
class SystemCallErrorsTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    private static final int FIXED = ANON | Abi.MAP_FIXED;
    private static final long P = 4096;
    /** Eight pages, a hole of eight, eight pages; then a read-only file, shared; then huge pages. */
    private static final long VA = 0x1000_0000L;

    private static final long FILE_VA = 0x2000_0000L;
    private static final long HUGE_VA = 0x4000_0000L;
    private static final long HUGE = 2L << 20;

    /** A call of a kernel for a task. */
    interface Try {
        void make(Kernel kernel, Task task);
    }

    private static Arguments a(String name, Errno errno, Try call) {
        return arguments(name, errno, call);
    }

    static Stream<Arguments> refusedCalls() {
        return Stream.of(mapping(), protecting(), advising(), locking(), placing())
                .flatMap(all -> all);
    }

    private static Stream<Arguments> mapping() {
        PageCache file = PageCache.file("file", 4);
        PageCache readOnly = PageCache.readOnlyFile("ro", 4);
        return Stream.of(
                a("mmap: length 0", Errno.EINVAL, (k, t) -> k.mmap(t, 0, 0, RW, ANON)),
                a("mmap: no type", Errno.EINVAL, (k, t) -> k.mmap(t, 0, P, RW, Abi.MAP_ANONYMOUS)),
                a("mmap: offset not aligned", Errno.EINVAL, (k, t) -> k.mmap(t, 0, P, RW, ANON, null, 100)),
                a("mmap: fixed, not aligned", Errno.EINVAL, (k, t) -> k.mmap(t, VA + 1, P, RW, FIXED)),
                a("mmap: no file", Errno.EBADF, (k, t) -> k.mmap(t, 0, P, RW, Abi.MAP_PRIVATE)),
                a("mmap: too long", Errno.ENOMEM, (k, t) -> k.mmap(t, 0, 1L << 50, RW, ANON)),
                a("mmap: outside", Errno.ENOMEM, (k, t) -> k.mmap(t, 1L << 47, P, RW, FIXED)),
                a("mmap: in the way", Errno.EEXIST, (k, t) -> k.mmap(t, VA, P, RW, ANON | Abi.MAP_FIXED_NOREPLACE)),
                a(
                        "mmap: offset overflows",
                        Errno.EOVERFLOW,
                        (k, t) -> k.mmap(t, 0, 2 * P, RW, Abi.MAP_PRIVATE, file, Long.MAX_VALUE & -P)),
                a(
                        "mmap: read-only file, shared and writable",
                        Errno.EACCES,
                        (k, t) -> k.mmap(t, 0, P, RW, Abi.MAP_SHARED, readOnly, 0)),
                a(
                        "mmap: validate, unknown flag",
                        Errno.EOPNOTSUPP,
                        (k, t) -> k.mmap(t, 0, P, RW, Abi.MAP_SHARED_VALIDATE | 1 << 23, file, 0)),
                a(
                        "mmap: shared stack",
                        Errno.EINVAL,
                        (k, t) -> k.mmap(t, 0, P, RW, Abi.MAP_SHARED | Abi.MAP_ANONYMOUS | Abi.MAP_GROWSDOWN)),
                a(
                        "mmap: huge page size unknown",
                        Errno.EINVAL,
                        (k, t) -> k.mmap(t, 0, P, RW, ANON | Abi.MAP_HUGETLB | 20 << 26)),
                a("mmap: beyond RLIMIT_AS", Errno.ENOMEM, (k, t) -> {
                    t.mm().limits().setAddressSpaceBytes(t.mm().mappedPages() * P + P);
                    k.mmap(t, 0, 2 * P, RW, ANON);
                }),
                a("mmap: locked, beyond RLIMIT_MEMLOCK", Errno.EAGAIN, (k, t) -> {
                    t.mm().limits().setLockedBytes(P);
                    k.mmap(t, 0, 2 * P, RW, ANON | Abi.MAP_LOCKED);
                }),
                a("mmap: locked, not allowed", Errno.EPERM, (k, t) -> {
                    t.mm().limits().setLockedBytes(0);
                    k.mmap(t, 0, P, RW, ANON | Abi.MAP_LOCKED);
                }),
                a("mmap: huge page pool lacks", Errno.ENOMEM, (k, t) -> {
                    k.context().hugetlb(FrameAllocator.ORDER_2M).setMaxSurplus(1);
                    k.mmap(t, 0, 2 * HUGE, RW, ANON | Abi.MAP_HUGETLB);
                }),
                a("munmap: not aligned", Errno.EINVAL, (k, t) -> k.munmap(t, VA + 1, P)),
                a("munmap: length 0", Errno.EINVAL, (k, t) -> k.munmap(t, VA, 0)),
                a("munmap: part of a huge page", Errno.EINVAL, (k, t) -> k.munmap(t, HUGE_VA, P)),
                a("mremap: unknown flag", Errno.EINVAL, (k, t) -> k.mremap(t, VA, P, P, 8, 0)),
                a(
                        "mremap: fixed without maymove",
                        Errno.EINVAL,
                        (k, t) -> k.mremap(t, VA, P, P, Abi.MREMAP_FIXED, VA + 64 * P)),
                a("mremap: not aligned", Errno.EINVAL, (k, t) -> k.mremap(t, VA + 1, P, P, 1, 0)),
                a("mremap: new size 0", Errno.EINVAL, (k, t) -> k.mremap(t, VA, P, 0, 1, 0)),
                a("mremap: overlap", Errno.EINVAL, (k, t) -> k.mremap(t, VA, 4 * P, 4 * P, 3, VA + 2 * P)),
                a("mremap: dontunmap of another size", Errno.EINVAL, (k, t) -> k.mremap(t, VA, P, 2 * P, 5, 0)),
                a("mremap: old size 0 of private memory", Errno.EINVAL, (k, t) -> k.mremap(t, VA, 0, P, 1, 0)),
                a("mremap: nothing there", Errno.EFAULT, (k, t) -> k.mremap(t, VA + 9 * P, P, P, 1, 0)),
                a("mremap: across a border", Errno.EFAULT, (k, t) -> k.mremap(t, VA + 4 * P, 8 * P, 9 * P, 1, 0)),
                a("mremap: no room, may not move", Errno.ENOMEM, (k, t) -> {
                    k.mmap(t, VA + 8 * P, P, Abi.PROT_READ, FIXED);
                    k.mremap(t, VA, 8 * P, 9 * P, 0, 0);
                }));
    }

    private static Stream<Arguments> protecting() {
        return Stream.of(
                a("mprotect: not aligned", Errno.EINVAL, (k, t) -> k.mprotect(t, VA + 1, P, RW)),
                a("mprotect: grows both ways", Errno.EINVAL, (k, t) -> k.mprotect(t, VA, P, 0x0300_0000)),
                a("mprotect: unknown bits", Errno.EINVAL, (k, t) -> k.mprotect(t, VA, P, 0x40)),
                a(
                        "mprotect: growsdown of no stack",
                        Errno.EINVAL,
                        (k, t) -> k.mprotect(t, VA, P, RW | Abi.PROT_GROWSDOWN)),
                a("mprotect: hole first", Errno.ENOMEM, (k, t) -> k.mprotect(t, VA + 8 * P, P, RW)),
                a("mprotect: wraps", Errno.ENOMEM, (k, t) -> k.mprotect(t, VA, -P, RW)),
                a("mprotect: shared, file opened for reading", Errno.EACCES, (k, t) -> k.mprotect(t, FILE_VA, P, RW)),
                a(
                        "mprotect: part of a huge page",
                        Errno.EINVAL,
                        (k, t) -> k.mprotect(t, HUGE_VA + P, P, Abi.PROT_READ)),
                a("msync: not aligned", Errno.EINVAL, (k, t) -> k.msync(t, VA + 1, P, 4)),
                a("msync: both", Errno.EINVAL, (k, t) -> k.msync(t, VA, P, 5)),
                a("msync: hole", Errno.ENOMEM, (k, t) -> k.msync(t, VA, 9 * P, 4)),
                a("msync: invalidate locked", Errno.EBUSY, (k, t) -> {
                    k.mlock(t, VA, P);
                    k.msync(t, VA, P, 6);
                }),
                a("mincore: not aligned", Errno.EINVAL, (k, t) -> k.mincore(t, VA + 1, P)),
                a("mincore: hole", Errno.ENOMEM, (k, t) -> k.mincore(t, VA, 9 * P)));
    }

    private static Stream<Arguments> advising() {
        return Stream.of(
                a("madvise: unknown", Errno.EINVAL, (k, t) -> k.madvise(t, VA, P, 77)),
                a("madvise: not aligned", Errno.EINVAL, (k, t) -> k.madvise(t, VA + 1, P, Abi.MADV_NORMAL)),
                a("madvise: negative", Errno.EINVAL, (k, t) -> k.madvise(t, VA, -1, Abi.MADV_NORMAL)),
                a("madvise: hole", Errno.ENOMEM, (k, t) -> k.madvise(t, VA, 9 * P, Abi.MADV_NORMAL)),
                a("madvise: dontneed locked", Errno.EINVAL, (k, t) -> {
                    k.mlock(t, VA, P);
                    k.madvise(t, VA, P, Abi.MADV_DONTNEED);
                }),
                a("madvise: free a file", Errno.EINVAL, (k, t) -> k.madvise(t, FILE_VA, P, Abi.MADV_FREE)),
                a("madvise: wipeonfork a file", Errno.EINVAL, (k, t) -> k.madvise(t, FILE_VA, P, Abi.MADV_WIPEONFORK)),
                a("madvise: pageout locked", Errno.EINVAL, (k, t) -> {
                    k.mlock(t, VA, P);
                    k.madvise(t, VA, P, Abi.MADV_PAGEOUT);
                }),
                a("madvise: cold huge page", Errno.EINVAL, (k, t) -> k.madvise(t, HUGE_VA, HUGE, Abi.MADV_COLD)),
                a("madvise: collapse without room", Errno.EINVAL, (k, t) -> k.madvise(t, VA, 8 * P, Abi.MADV_COLLAPSE)),
                a(
                        "madvise: dontneed within a huge page",
                        Errno.EINVAL,
                        (k, t) -> k.madvise(t, HUGE_VA + P, P, Abi.MADV_DONTNEED)),
                a("madvise: populate for writing what may not", Errno.EINVAL, (k, t) -> {
                    k.mprotect(t, VA, P, Abi.PROT_READ);
                    k.madvise(t, VA, P, Abi.MADV_POPULATE_WRITE);
                }),
                a(
                        "madvise: populate beyond a file's end",
                        Errno.EFAULT,
                        (k, t) -> k.madvise(t, FILE_VA, 8 * P, Abi.MADV_POPULATE_READ)));
    }

    private static Stream<Arguments> locking() {
        return Stream.of(
                a("mlock: hole", Errno.ENOMEM, (k, t) -> k.mlock(t, VA, 9 * P)),
                a("mlock: beyond RLIMIT_MEMLOCK", Errno.ENOMEM, (k, t) -> {
                    t.mm().limits().setLockedBytes(P);
                    k.mlock(t, VA, 2 * P);
                }),
                a("mlock: not allowed", Errno.EPERM, (k, t) -> {
                    t.mm().limits().setLockedBytes(0);
                    k.mlock(t, VA, P);
                }),
                a("mlock: no access", Errno.ENOMEM, (k, t) -> {
                    k.mprotect(t, VA, P, Abi.PROT_NONE);
                    k.mlock(t, VA, P);
                }),
                a("mlock2: unknown flag", Errno.EINVAL, (k, t) -> k.mlock2(t, VA, P, Mlock.MLOCK_ONFAULT + 1)),
                a("munlock: hole", Errno.ENOMEM, (k, t) -> k.munlock(t, VA, 9 * P)),
                a("mlockall: onfault alone", Errno.EINVAL, (k, t) -> k.mlockall(t, Mlockall.MCL_ONFAULT)),
                a("mlockall: unknown flag", Errno.EINVAL, (k, t) -> k.mlockall(t, 8)));
    }

    private static Stream<Arguments> placing() {
        return Stream.of(
                a("mbind: hole", Errno.EFAULT, (k, t) -> k.mbind(t, VA, 9 * P, Mempolicy.bind(1))),
                a("mbind: not aligned", Errno.EINVAL, (k, t) -> k.mbind(t, VA + 1, P, Mempolicy.bind(1))),
                a("mbind: unknown node", Errno.EINVAL, (k, t) -> k.mbind(t, VA, P, Mempolicy.bind(1L << 9))),
                a("mbind: unknown flag", Errno.EINVAL, (k, t) -> k.mbind(t, VA, P, Mempolicy.bind(1), 16)),
                a("mbind: strict, page elsewhere", Errno.EIO, (k, t) -> {
                    k.populate(t, VA, P, true);
                    k.mbind(t, VA, P, Mempolicy.bind(2), Abi.MPOL_MF_STRICT);
                }),
                a("set_mempolicy: bind to nothing", Errno.EINVAL, (k, t) -> policy(k, Abi.MPOL_BIND, 0)),
                a("set_mempolicy: default with nodes", Errno.EINVAL, (k, t) -> policy(k, Abi.MPOL_DEFAULT, 1)),
                a("set_mempolicy: unknown mode", Errno.EINVAL, (k, t) -> policy(k, 99, 1)),
                a("set_mempolicy: static and relative", Errno.EINVAL, (k, t) -> policy(k, Abi.MPOL_BIND | 3 << 14, 1)),
                a("set_mempolicy: node not there", Errno.EINVAL, (k, t) -> policy(k, Abi.MPOL_BIND, 1L << 40)),
                a("get_mempolicy: unknown flag", Errno.EINVAL, (k, t) -> k.getMempolicy(t, 0, 8)),
                a("get_mempolicy: address without flag", Errno.EINVAL, (k, t) -> k.getMempolicy(t, VA, 0)),
                a("get_mempolicy: allowed and node", Errno.EINVAL, (k, t) -> k.getMempolicy(t, 0, 5)),
                a(
                        "get_mempolicy: nothing there",
                        Errno.EFAULT,
                        (k, t) -> k.getMempolicy(t, VA + 9 * P, Abi.MPOL_F_ADDR)),
                a("set_mempolicy_home_node: flags", Errno.EINVAL, (k, t) -> k.setMempolicyHomeNode(t, VA, P, 0, 1)),
                a("set_mempolicy_home_node: node", Errno.EINVAL, (k, t) -> k.setMempolicyHomeNode(t, VA, P, 9, 0)),
                a("set_mempolicy_home_node: interleaved", Errno.EOPNOTSUPP, (k, t) -> {
                    k.mbind(t, VA, P, Mempolicy.interleave(3));
                    k.setMempolicyHomeNode(t, VA, P, 1, 0);
                }),
                a(
                        "move_pages: unknown flag",
                        Errno.EINVAL,
                        (k, t) -> k.movePages(t, t.mm(), new long[] {VA}, new int[] {0}, 1)),
                a(
                        "move_pages: node not there",
                        Errno.ENODEV,
                        (k, t) -> k.movePages(t, t.mm(), new long[] {VA}, new int[] {7}, 2)),
                a("migrate_pages: to no node", Errno.EINVAL, (k, t) -> k.migratePages(t, t.mm(), 1, 0)));
    }

    private static void policy(Kernel kernel, int mode, long nodes) {
        SetMempolicy.policy(kernel.context(), mode, nodes);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusedCalls")
    void theErrorIsThatOfTheManPage(String name, Errno errno, Try call) {
        TinyBoard board = new TinyBoard(2, 1 << 14, KernelSettings.DEFAULT);
        Task task = board.kernel.spawn(0);
        board.kernel.mmap(task, VA, 8 * P, RW, FIXED);
        board.kernel.mmap(task, VA + 16 * P, 8 * P, RW, FIXED);
        PageCache readOnly = PageCache.readOnlyFile("read-only", 4);
        board.kernel.mmap(task, FILE_VA, 8 * P, Abi.PROT_READ, Abi.MAP_SHARED | Abi.MAP_FIXED, readOnly, 0);
        board.kernel.mmap(task, HUGE_VA, 2 * HUGE, RW, FIXED | Abi.MAP_HUGETLB);
        KernelException refused = assertThrows(KernelException.class, () -> call.make(board.kernel, task), name);
        assertEquals(errno, refused.errno(), name);
        assertTrue(String.valueOf(refused.getMessage()).length() > errno.name().length() + 2, "the message says why");
        board.kernel.exit(task);
        board.kernel.context().hugetlb(FrameAllocator.ORDER_2M).drain();
        assertTrue(board.isAllFree(), name + " has lost frames");
        assertEquals(0, board.kernel.context().overcommit().committedPages(), name);
        assertEquals(0, board.kernel.context().hugetlb(FrameAllocator.ORDER_2M).reservedPages(), name);
    }
}
