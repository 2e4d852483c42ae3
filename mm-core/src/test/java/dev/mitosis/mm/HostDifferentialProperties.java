package dev.mitosis.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.mm.syscall.Abi;
import dev.mitosis.x86.Pte;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * The kernel of the host and ours, given the same calls, do the same: results and errnos, what an access comes to, what is mapped
 * with which rights, and which pages are resident.
 *
 * <p>Not compared: where areas are split between neighbours with the same rights, which on Linux depends on the reverse map of
 * anonymous pages; and mremap of a range of several areas or with holes, which Linux allows from 6.17 on.
 */
class HostDifferentialProperties {
    private static final int PAGES = 48;
    /** The window lies across the border of two leaf tables, where nothing else of a process is. */
    private static final long BASE = (1L << 40) + (2L << 20) - 24 * 4096;

    private static final long END = BASE + PAGES * 4096L;
    private static final int SIGSEGV = 11;

    private static final int[] PROTECTIONS = {0, 1, 3, 3, 3, 5, 7, 2, 4, 0x08, 0x40, 0x0300_0000};
    private static final int[] MAP_FLAGS = {
        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED,
        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED,
        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED_NOREPLACE,
        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED | Abi.MAP_POPULATE,
        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED | Abi.MAP_NORESERVE,
        Abi.MAP_ANONYMOUS | Abi.MAP_FIXED
    };
    private static final int[] ADVICE = {
        Abi.MADV_DONTNEED,
        Abi.MADV_DONTNEED,
        Abi.MADV_NORMAL,
        Abi.MADV_DONTFORK,
        Abi.MADV_DOFORK,
        Abi.MADV_WIPEONFORK,
        Abi.MADV_KEEPONFORK,
        Abi.MADV_POPULATE_WRITE,
        Abi.MADV_POPULATE_READ,
        99
    };

    private static final boolean CHECKS_FIRST = isHostAtLeast(6, 17);

    private static @Nullable HostMemory host;

    private TinyBoard board = new TinyBoard();
    private Task task = board.kernel.spawn(0);

    /** One call: what, where, how long, and a number that chooses the rest. */
    record Call(int what, int page, int pages, int choice, int target) {}

    @BeforeContainer
    static void start() throws Exception {
        if (Files.isExecutable(Path.of("/usr/bin/cc"))) {
            host = new HostMemory();
        }
    }

    @AfterContainer
    static void stop() throws IOException {
        if (host != null) {
            host.close();
        }
    }

    @Property(tries = 500)
    void theHostsKernelAndOursDoTheSame(@ForAll("scripts") List<Call> script) throws IOException {
        Assumptions.assumeTrue(host != null, "no C compiler is installed");
        HostMemory oracle = host;
        if (oracle == null) {
            return;
        }
        oracle.call(HostMemory.MUNMAP, BASE, END - BASE);
        board = new TinyBoard();
        task = board.kernel.spawn(0);
        for (Call call : script) {
            String what = apply(oracle, call);
            if (!what.isEmpty()) {
                compare(oracle, what);
            }
        }
    }

    @Provide
    Arbitrary<List<Call>> scripts() {
        Arbitrary<Call> calls = Combinators.combine(
                        Arbitraries.integers().between(0, 12),
                        Arbitraries.integers().between(0, PAGES - 1),
                        Arbitraries.integers().between(0, 12),
                        Arbitraries.integers().between(0, 999),
                        Arbitraries.integers().between(0, PAGES - 1))
                .as(Call::new);
        return calls.list().ofMinSize(20).ofMaxSize(80);
    }

    private String apply(HostMemory oracle, Call call) throws IOException {
        // One in forty addresses is not aligned.
        long va = BASE + call.page * 4096L + (call.choice % 40 == 39 ? 8 : 0);
        long length =
                Math.min(call.pages, PAGES - call.page) * 4096L - (call.choice % 7 == 6 && call.pages > 0 ? 100 : 0);
        int prot = PROTECTIONS[call.choice % PROTECTIONS.length];
        return switch (call.what) {
            case 0, 1 -> mmap(oracle, va, length, prot & 7, MAP_FLAGS[call.choice % MAP_FLAGS.length]);
            case 2 -> {
                String what = "munmap(" + Long.toHexString(va) + ", " + length + ")";
                same(what, oracle.call(HostMemory.MUNMAP, va, length), () -> board.kernel.munmap(task, va, length));
                yield what;
            }
            case 3 -> {
                String what =
                        "mprotect(" + Long.toHexString(va) + ", " + length + ", 0x" + Integer.toHexString(prot) + ")";
                long expected = oracle.call(HostMemory.MPROTECT, va, length, prot);
                same(what, expected, () -> board.kernel.mprotect(task, va, length, prot));
                yield what;
            }
            case 4 -> {
                int advice = ADVICE[call.choice % ADVICE.length];
                String what = "madvise(" + Long.toHexString(va) + ", " + length + ", " + advice + ")";
                long expected = oracle.call(HostMemory.MADVISE, va, length, advice);
                same(what, expected, () -> board.kernel.madvise(task, va, length, advice));
                yield what;
            }
            case 5 -> mremap(oracle, call, va, length);
            case 10, 11 -> {
                boolean locks = call.what == 10;
                String what = (locks ? "mlock(" : "munlock(") + Long.toHexString(va) + ", " + length + ")";
                long expected = oracle.call(locks ? HostMemory.MLOCK : HostMemory.MUNLOCK, va, length);
                same(what, expected, () -> {
                    if (locks) {
                        board.kernel.mlock(task, va, length);
                    } else {
                        board.kernel.munlock(task, va, length);
                    }
                });
                yield what;
            }
            case 12 -> {
                int flags = call.choice % 9;
                String what = "msync(" + Long.toHexString(va) + ", " + length + ", " + flags + ")";
                long expected = oracle.call(HostMemory.MSYNC, va, length, flags);
                same(what, expected, () -> board.kernel.msync(task, va, length, flags));
                yield what;
            }
            default -> access(oracle, va, call.what >= 8);
        };
    }

    private String mmap(HostMemory oracle, long va, long length, int prot, int flags) throws IOException {
        String what = "mmap(" + Long.toHexString(va) + ", " + length + ", " + prot + ", 0x" + Integer.toHexString(flags)
                + ")";
        long expected = oracle.call(HostMemory.MMAP, va, length, prot, flags);
        assertEquals(expected, result(() -> board.kernel.mmap(task, va, length, prot, flags)), what);
        return what;
    }

    private String mremap(HostMemory oracle, Call call, long va, long oldLength) throws IOException {
        long newLength = Math.min(call.choice % 12, PAGES - Math.max(call.page, call.target)) * 4096L;
        boolean isFixed = call.choice % 3 != 0;
        int flags = isFixed ? Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED : 0;
        long target = BASE + call.target * 4096L;
        long oldBytes = (oldLength + 4095) & -4096;
        boolean mayMoveHoles = isFixed && newLength <= oldBytes && !isWhole(va & -4096, Math.max(newLength, 4096));
        // A range that is not whole fails; kernels before 6.17 find out after they have emptied the target.
        boolean failsLate = isFixed && !CHECKS_FIRST && !isWhole(va & -4096, Math.max(oldBytes, 4096));
        if (mayMoveHoles || failsLate || isInSeveralAreas(oracle, va, Math.max(oldLength, 1))) {
            return "";
        }
        String what = "mremap(" + Long.toHexString(va) + ", " + oldLength + ", " + newLength + ", " + flags + ", "
                + Long.toHexString(target) + ")";
        long expected = oracle.call(HostMemory.MREMAP, va, oldLength, newLength, flags, target);
        assertEquals(expected, result(() -> board.kernel.mremap(task, va, oldLength, newLength, flags, target)), what);
        return what;
    }

    private boolean isWhole(long va, long length) {
        Vma area = task.mm().areas().find(va);
        return area == null || va + length <= area.endVa();
    }

    private boolean isInSeveralAreas(HostMemory oracle, long va, long length) throws IOException {
        long end = (va + length + 4095) & -4096;
        return oracle.maps(va & -4096, end).size() > 1
                || task.mm().areas().overlapping(va & -4096, end).size() > 1;
    }

    private String access(HostMemory oracle, long va, boolean isWrite) throws IOException {
        String what = (isWrite ? "write " : "read ") + Long.toHexString(va);
        long expected = oracle.call(isWrite ? HostMemory.WRITE : HostMemory.READ, va);
        assertEquals(expected, board.access(0, va, isWrite) < 0 ? SIGSEGV : 0, what);
        return what;
    }

    private static boolean isHostAtLeast(int major, int minor) {
        String[] release = System.getProperty("os.version").split("\\D+", -1);
        int hostMajor = Integer.parseInt(release[0]);
        return hostMajor > major || (hostMajor == major && Integer.parseInt(release[1]) >= minor);
    }

    private interface Action {
        long run();
    }

    private static long result(Action action) {
        try {
            return action.run();
        } catch (KernelException refused) {
            return -refused.errno().number();
        }
    }

    private static void same(String what, long expected, Runnable action) {
        assertEquals(
                expected,
                result(() -> {
                    action.run();
                    return 0;
                }),
                what);
    }

    private void compare(HostMemory oracle, String after) throws IOException {
        assertEquals(joined(oracle.maps(BASE, END)), joined(ours()), "maps after " + after);
        long resident = 0;
        for (int page = 0; page < PAGES; page++) {
            long entry = board.kernel.translate(task.mm(), BASE + page * 4096L);
            resident |= Pte.isMapped(entry) ? 1L << page : 0;
        }
        assertEquals(
                Long.toBinaryString(oracle.call(HostMemory.MINCORE, BASE, PAGES)),
                Long.toBinaryString(resident),
                "resident pages after " + after);
    }

    private List<long[]> ours() {
        List<long[]> lines = new ArrayList<>();
        for (Vma area : task.mm().areas().overlapping(BASE, END)) {
            lines.add(new long[] {area.startVa(), area.endVa(), area.flags() & Vma.PROTECTION});
        }
        return lines;
    }

    /** Neighbours with the same rights as one line. */
    private static String joined(List<long[]> lines) {
        StringBuilder text = new StringBuilder();
        long[] last = {0, 0, -1};
        for (long[] line : lines) {
            if (line[0] == last[1] && line[2] == last[2]) {
                last[1] = line[1];
                continue;
            }
            append(text, last);
            last = line.clone();
        }
        append(text, last);
        return text.toString();
    }

    private static void append(StringBuilder text, long[] line) {
        if (line[2] >= 0) {
            text.append(Long.toHexString(line[0]))
                    .append('-')
                    .append(Long.toHexString(line[1]))
                    .append(' ')
                    .append(line[2])
                    .append('\n');
        }
    }
}
