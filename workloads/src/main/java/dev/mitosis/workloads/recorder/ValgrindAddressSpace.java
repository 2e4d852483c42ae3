package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Gives programs under Valgrind nearly all of user space in place of its first 128 GiB, so that reservations of many TiB succeed:
 * sanitizers, Java's ZGC and other heaps make them.
 *
 * <p>Valgrind has no option for that. The end of the program's addresses, and that of its stack, are constants which its core loads at its
 * start ({@code VG_(am_startup)}, m_aspacemgr/aspacemgr-linux.c); the linked tool gets others. Where they are not found as they should
 * be, the tool stays as it is.
 */
final class ValgrindAddressSpace {
    private static final long OLD_LAST = 0x1F_FFFF_FFFFL;
    private static final long OLD_STACK_END = 0x1F_FF00_0FFFL;
    /** Below the process's own stack, which the kernel has put within 16 GiB of the end of user space. */
    private static final long LAST = 0x7FEF_FFFF_FFFFL;

    private static final long STACK_END = LAST - OLD_LAST + OLD_STACK_END;
    private static final int MOST_USES_OF_STACK_END = 4;

    private ValgrindAddressSpace() {}

    /** Changes a linked tool; false when it is not as expected, and left as it is. */
    static boolean widen(Path tool) throws IOException {
        ByteBuffer code = ByteBuffer.wrap(Files.readAllBytes(tool)).order(ByteOrder.LITTLE_ENDIAN);
        int stackEnds = count(code, OLD_STACK_END);
        if (count(code, OLD_LAST) != 1 || stackEnds < 1 || stackEnds > MOST_USES_OF_STACK_END) {
            return false;
        }
        replace(code, OLD_LAST, LAST);
        replace(code, OLD_STACK_END, STACK_END);
        Files.write(tool, code.array());
        return true;
    }

    /** Whether an instruction that loads a 64-bit constant into a register begins two bytes before: REX.W, B8 + register. */
    private static boolean isLoadOf(ByteBuffer code, int at, long constant) {
        int prefix = code.get(at - 2) & 0xFF;
        int opcode = code.get(at - 1) & 0xFF;
        return (prefix == 0x48 || prefix == 0x49) && opcode >= 0xB8 && opcode <= 0xBF && code.getLong(at) == constant;
    }

    private static int count(ByteBuffer code, long constant) {
        int found = 0;
        for (int at = 2; at <= code.capacity() - Long.BYTES; at++) {
            found += isLoadOf(code, at, constant) ? 1 : 0;
        }
        return found;
    }

    private static void replace(ByteBuffer code, long constant, long by) {
        for (int at = 2; at <= code.capacity() - Long.BYTES; at++) {
            if (isLoadOf(code, at, constant)) {
                code.putLong(at, by);
            }
        }
    }
}
