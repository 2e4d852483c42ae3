package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The shared memory that the options {@code --shm} and {@code --file} attach, so that a policy can be set on it, and what it has
 * can be dumped or verified. Source: numactl(8), shmget(2), ftok(3).
 */
final class SharedRegion {
    private static final int PAGE_BYTES = 4096;
    private static final int ENOENT = 2;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int IPC_CREAT = 01000;
    private static final int SHM_HUGETLB = 04000;
    private static final int MPOL_MF_STRICT = 1;

    private final LinuxCalls calls;
    private final SystemFiles files;
    private final Console console;
    private final int nodeBits;

    private long length;
    private long offset;
    private int mode = 0600;
    private long id;
    private boolean huge;
    private boolean strict;
    private boolean attached;
    private long va;
    private int pageBytes = PAGE_BYTES;

    SharedRegion(LinuxCalls calls, SystemFiles files, Console console, int nodeBits) {
        this.calls = calls;
        this.files = files;
        this.console = console;
        this.nodeBits = nodeBits;
    }

    void setLength(long bytes) {
        length = bytes;
    }

    void setOffset(long bytes) {
        offset = bytes;
    }

    void setMode(int permissions) {
        mode = permissions;
    }

    void setId(long projectId) {
        id = projectId;
    }

    void setHuge() {
        huge = true;
    }

    void setStrict() {
        strict = true;
    }

    boolean isStrict() {
        return strict;
    }

    boolean isAttached() {
        return attached;
    }

    void attachFile(String name) {
        int fd = calls.open(name, O_RDWR, 0);
        if (fd < 0) {
            if (length == 0) {
                throw console.complain("need a --length to create a shared file");
            }
            fd = calls.open(name, O_RDWR | O_CREAT, mode);
            if (fd < 0) {
                throw failed("cannot create file " + name, -fd);
            }
        }
        needLength("--file");
        long size;
        try {
            size = Files.size(Path.of(name));
        } catch (IOException e) {
            size = 0;
        }
        if (offset + length > size) {
            int grown = calls.ftruncate(fd, offset + length);
            if (grown < 0) {
                throw console.fail("ftruncate: " + calls.strerror(-grown));
            }
        }
        va = calls.mmapShared(fd, offset, length);
        if (isErrno(va)) {
            throw failed("shm mmap", (int) -va);
        }
        attached = true;
        needWholePages();
    }

    void attachSystemV(String name) {
        int key = key(name);
        if (key < 0) {
            console.err("numactl: Creating shm key file " + name + " mode " + octal(mode) + "\n");
            int fd = calls.open(name, O_RDWR | O_CREAT, mode);
            if (fd < 0) {
                throw failed("cannot create key for shm " + name + "\n", -fd);
            }
            key = key(name);
            if (key < 0) {
                throw console.complain("cannot get key for newly created shm key file " + name);
            }
        }
        int flags = huge ? SHM_HUGETLB : 0;
        int segment = calls.shmget(key, length, flags);
        if (segment == -ENOENT) {
            if (length == 0) {
                throw console.complain("need a --length to create a sysv shared memory segment");
            }
            console.err(String.format(
                    Locale.ROOT,
                    "numactl: Creating shared memory segment %s id %d mode %s length %.0fMB%n",
                    name,
                    id,
                    octal(mode),
                    Math.rint(length / 1048576.0)));
            segment = calls.shmget(key, length, IPC_CREAT | mode | flags);
            if (segment < 0) {
                throw failed("cannot create shared memory segment", -segment);
            }
        }
        if (length == 0) {
            long size = calls.shmSize(segment);
            if (isErrno(size)) {
                throw failed("shmctl IPC_STAT", (int) -size);
            }
            length = size - offset;
        }
        va = calls.shmat(segment);
        if (isErrno(va)) {
            throw failed("shmat", (int) -va);
        }
        va += offset;
        pageBytes = huge ? hugePageBytes() : PAGE_BYTES;
        attached = true;
        needWholePages();
        needLength("--shm");
    }

    /** As ftok(3): device, inode and project in 32 bits; negative where there is no file, and for some projects. */
    private int key(String name) {
        if (name.isEmpty()) {
            return -1;
        }
        try {
            Object inode = Files.getAttribute(Path.of(name), "unix:ino");
            Object device = Files.getAttribute(Path.of(name), "unix:dev");
            if (inode instanceof Long ino && device instanceof Long dev) {
                return (int) ((ino & 0xffff) | (dev & 0xff) << 16 | (id & 0xff) << 24);
            }
        } catch (IOException e) {
            return -1;
        }
        return -1;
    }

    private void needLength(String option) {
        if (length == 0) {
            throw console.fail("numactl: policy region length not specified before " + option);
        }
    }

    private void needWholePages() {
        if (va % pageBytes != 0 || length % pageBytes != 0) {
            throw console.fail("numactl: policy region not page aligned");
        }
    }

    void setPolicy(int policy, @Nullable BitSet nodes, String doing) {
        long[] words = nodes == null ? null : Bitmasks.words(nodes, nodeBits);
        int flags = strict ? MPOL_MF_STRICT : 0;
        int result = calls.mbind(va, length, policy, words, words == null ? 0 : nodeBits + 1L, flags);
        if (result < 0) {
            console.err("mbind: " + calls.strerror(-result) + "\n");
            throw console.fail(doing + ": " + calls.strerror(-result));
        }
    }

    void touch() {
        needOffsetWithin("--touch");
        calls.touch(va, length, pageBytes);
    }

    private void needOffsetWithin(String option) {
        if (offset >= length) {
            throw console.fail("numactl: region offset 0x" + Long.toHexString(offset) + " beyond its length 0x"
                    + Long.toHexString(length) + " at " + option);
        }
    }

    /**
     * Prints the policy of each range of pages that have the same, unless it is none. The nodes are those of the page after the
     * range, as the original's are: they differ where two ranges meet.
     */
    void dumpPolicies() {
        long start = 0;
        int[] policy = new int[1];
        long[] nodes = policyAt(0, policy, "get_mempolicy on shm");
        for (long at = pageBytes; at < length; at += pageBytes) {
            int[] nextPolicy = new int[1];
            nodes = policyAt(at, nextPolicy, "get_mempolicy on shm");
            if (nextPolicy[0] != policy[0]) {
                printPolicy(start, at, policy[0], nodes);
                start = at;
                policy = nextPolicy;
            }
        }
        printPolicy(start, length, policy[0], nodes);
    }

    private void printPolicy(long from, long to, int policy, long[] nodes) {
        if (policy != Policy.DEFAULT) {
            console.out(range(from, to) + Policy.nameOf(policy) + " ");
            Show.printSet(console, "", BitSet.valueOf(nodes));
        }
    }

    /** Prints the node of each range of pages that are on the same. */
    void dumpNodes() {
        long start = 0;
        int node = nodeAt(0);
        for (long at = pageBytes; at <= length; at += pageBytes) {
            int next = at < length ? nodeAt(at) : -1;
            if (next != node) {
                console.out(range(start, at) + node + "\n");
                start = at;
                node = next;
            }
        }
    }

    /** Compares each page's policy with the one just set; false if one differs. */
    boolean verify(int policy, BitSet nodes) {
        needOffsetWithin("--verify");
        for (long at = 0; at < length; at += pageBytes) {
            int[] found = new int[1];
            long[] foundNodes = policyAt(at, found, "get_mempolicy");
            String page = "numactl verify " + Long.toHexString(va + at) + "(" + Long.toHexString(at) + "): ";
            if (found[0] != policy) {
                console.out(page + "wrong policy " + Policy.nameOf(found[0]) + ", expected " + Policy.nameOf(policy)
                        + "\n");
                return false;
            }
            if (!BitSet.valueOf(foundNodes).equals(nodes)) {
                console.out(page + "mismatched node mask\n");
                Show.printSet(console, "expected", nodes);
                Show.printSet(console, "real", BitSet.valueOf(foundNodes));
                return false;
            }
        }
        return true;
    }

    private long[] policyAt(long at, int[] policy, String doing) {
        long[] nodes = new long[(nodeBits + 63) / 64];
        int result = calls.getMempolicy(policy, nodes, nodeBits, va + at, Policy.F_ADDR);
        if (result < 0) {
            throw failed(doing, -result);
        }
        return nodes;
    }

    private int nodeAt(long at) {
        int[] node = new int[1];
        int result = calls.getMempolicy(node, null, 0, va + at, Policy.F_ADDR | Policy.F_NODE);
        if (result < 0) {
            throw failed("get_mempolicy on shm", -result);
        }
        return node[0];
    }

    /** The kernel's usual huge page; 2 MiB where it has none, and then it refuses the segment. */
    private int hugePageBytes() {
        String kib = TaskStatus.valueOf(files.read("/proc/meminfo").orElse(""), "\nHugepagesize:");
        String digits = kib.replace(" kB", "");
        return digits.isEmpty() ? 2 << 20 : Integer.parseInt(digits) << 10;
    }

    private String range(long from, long to) {
        return hex(offset + from) + "-" + hex(offset + to) + ": ";
    }

    private static String hex(long value) {
        String digits = Long.toHexString(value);
        return "0".repeat(16 - digits.length()) + digits;
    }

    private static String octal(int mode) {
        String digits = Integer.toOctalString(mode);
        return "0".repeat(Math.max(0, 4 - digits.length())) + digits;
    }

    private static boolean isErrno(long result) {
        return result < 0 && result > -4096;
    }

    private NumactlExit failed(String doing, int errno) {
        return console.fail("numactl: " + doing + ": " + calls.strerror(errno));
    }
}
