package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.x86.PagingLevel;

/**
 * Numbers of the x86-64 Linux ABI for memory calls, and the checks that all calls share.
 *
 * <p>Source: Linux {@code include/uapi/asm-generic/mman.h}, {@code include/uapi/asm-generic/mman-common.h}.
 */
public final class Abi {
    public static final int PROT_NONE = 0;
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int PROT_EXEC = 4;
    /** Memory for atomic operations: accepted, and without meaning on x86. */
    public static final int PROT_SEM = 8;

    public static final int PROT_GROWSDOWN = 0x0100_0000;
    public static final int PROT_GROWSUP = 0x0200_0000;

    public static final int MAP_SHARED = 0x01;
    public static final int MAP_PRIVATE = 0x02;
    public static final int MAP_SHARED_VALIDATE = 0x03;
    public static final int MAP_TYPE = 0x0f;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_GROWSDOWN = 0x0100;
    public static final int MAP_LOCKED = 0x2000;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_POPULATE = 0x8000;
    public static final int MAP_NONBLOCK = 0x1_0000;
    public static final int MAP_STACK = 0x2_0000;
    public static final int MAP_HUGETLB = 0x4_0000;
    public static final int MAP_FIXED_NOREPLACE = 0x10_0000;

    public static final int MAP_SYNC = 0x8_0000;
    /** 2 MiB and 1 GiB pages in the upper bits of the flags. */
    public static final int MAP_HUGE_2MB = 21 << 26;

    public static final int MAP_HUGE_1GB = 30 << 26;
    /** What MAP_SHARED_VALIDATE knows. */
    static final int KNOWN_MAP_FLAGS = MAP_TYPE
            | MAP_FIXED
            | MAP_ANONYMOUS
            | MAP_GROWSDOWN
            | 0x0800
            | 0x1000
            | MAP_LOCKED
            | MAP_NORESERVE
            | MAP_POPULATE
            | MAP_NONBLOCK
            | MAP_STACK
            | MAP_HUGETLB
            | MAP_FIXED_NOREPLACE
            | 0x3f << 26;

    public static final int MREMAP_MAYMOVE = 1;
    public static final int MREMAP_FIXED = 2;
    public static final int MREMAP_DONTUNMAP = 4;

    public static final int MADV_NORMAL = 0;
    public static final int MADV_RANDOM = 1;
    public static final int MADV_SEQUENTIAL = 2;
    public static final int MADV_WILLNEED = 3;
    public static final int MADV_DONTNEED = 4;
    public static final int MADV_FREE = 8;
    public static final int MADV_DONTFORK = 10;
    public static final int MADV_DOFORK = 11;
    public static final int MADV_MERGEABLE = 12;
    public static final int MADV_UNMERGEABLE = 13;
    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_NOHUGEPAGE = 15;
    public static final int MADV_DONTDUMP = 16;
    public static final int MADV_DODUMP = 17;
    public static final int MADV_WIPEONFORK = 18;
    public static final int MADV_KEEPONFORK = 19;
    public static final int MADV_COLD = 20;
    public static final int MADV_PAGEOUT = 21;
    public static final int MADV_POPULATE_READ = 22;
    public static final int MADV_POPULATE_WRITE = 23;
    public static final int MADV_COLLAPSE = 25;

    public static final int MPOL_DEFAULT = 0;
    public static final int MPOL_PREFERRED = 1;
    public static final int MPOL_BIND = 2;
    public static final int MPOL_INTERLEAVE = 3;
    public static final int MPOL_LOCAL = 4;
    public static final int MPOL_PREFERRED_MANY = 5;
    public static final int MPOL_WEIGHTED_INTERLEAVE = 6;
    public static final int MPOL_F_RELATIVE_NODES = 1 << 14;
    public static final int MPOL_F_STATIC_NODES = 1 << 15;

    public static final int MPOL_F_NODE = 1;
    public static final int MPOL_F_ADDR = 2;
    public static final int MPOL_F_MEMS_ALLOWED = 4;

    public static final int MPOL_MF_STRICT = 1;
    public static final int MPOL_MF_MOVE = 2;
    public static final int MPOL_MF_MOVE_ALL = 4;

    /** The lowest address that mmap chooses by itself (vm.mmap_min_addr). */
    static final long MMAP_MIN_VA = 65536;

    private Abi() {}

    static long pageUp(long bytes) {
        return (bytes + Frames.PAGE_BYTES - 1) & -Frames.PAGE_BYTES;
    }

    static boolean isPageAligned(long va) {
        return (va & (Frames.PAGE_BYTES - 1)) == 0;
    }

    static long userEnd(Context context) {
        return PagingLevel.userEndVa(context.settings().levels());
    }

    /** Says whether a range lies in user space; its end does not overflow. */
    static boolean isUserRange(Context context, long va, long lengthBytes) {
        long end = userEnd(context);
        return va >= 0 && lengthBytes >= 0 && lengthBytes <= end && va <= end - lengthBytes;
    }

    static KernelException invalid(String reason) {
        return new KernelException(Errno.EINVAL, reason);
    }

    static String hex(long va) {
        return "0x" + Long.toHexString(va);
    }
}
