package dev.mitosis.workloads.trace.format;

import java.nio.ByteBuffer;

/**
 * The layouts of a ChampSim instruction: the tracer's own, and CloudSuite's, which has room for two more stores and the address space.
 *
 * <pre>
 *   STANDARD    0 ip (8) | 8 is_branch (1) | 9 taken (1) | 10 registers (2 + 4) | 16 stores (2 x 8) | 32 loads (4 x 8)
 *   CLOUDSUITE  0 ip (8) | 8 is_branch (1) | 9 taken (1) | 10 registers (4 + 4) | 18 nothing (6) | 24 stores (4 x 8)
 *               | 56 loads (4 x 8) | 88 asid (2) | 90 nothing (6)
 * </pre>
 *
 * <p>Shape: little-endian; an address of 0 is none.
 *
 * <p>Source: ChampSim {@code inc/trace_instruction.h:input_instr, cloudsuite_instr}.
 */
enum ChampSimRecord {
    STANDARD(64, 16, 32, 64),
    CLOUDSUITE(96, 24, 56, 88);

    private static final int IS_BRANCH = 8;
    private static final int TAKEN = 9;

    final int bytes;
    final int stores;
    final int loads;
    final int endOfLoads;

    ChampSimRecord(int bytes, int stores, int loads, int endOfLoads) {
        this.bytes = bytes;
        this.stores = stores;
        this.loads = loads;
        this.endOfLoads = endOfLoads;
    }

    /** How many instructions of this layout a file begins with, each with an address of its own; 0 when its head holds something else. */
    int fitting(ByteBuffer head, int length) {
        for (int at = 0; at + bytes <= length; at += bytes) {
            if (head.getLong(at) == 0 || !whyNot(head, at).isEmpty()) {
                return 0;
            }
        }
        return length / bytes;
    }

    /** Says why no instruction is at a place; empty when one may be. */
    String whyNot(ByteBuffer words, int at) {
        if ((words.get(at + IS_BRANCH) & ~1) != 0 || (words.get(at + TAKEN) & ~1) != 0) {
            return "a flag is neither 0 nor 1";
        }
        if (!isAddress(words.getLong(at))) {
            return "no code has the address " + Long.toHexString(words.getLong(at));
        }
        for (int operand = at + stores; operand < at + endOfLoads; operand += Long.BYTES) {
            if (!isAddress(words.getLong(operand))) {
                return "no memory has the address " + Long.toHexString(words.getLong(operand));
            }
        }
        return this == CLOUDSUITE && !hasEmptyGaps(words, at) ? "there is something between the fields" : "";
    }

    private boolean hasEmptyGaps(ByteBuffer words, int at) {
        return words.getInt(at + stores - 6) == 0
                && words.getShort(at + stores - 2) == 0
                && words.getInt(at + bytes - 6) == 0
                && words.getShort(at + bytes - 2) == 0;
    }

    /** The processor takes an address only when its upper bits are all alike. */
    private static boolean isAddress(long va) {
        return va >> 48 == 0 || va >> 48 == -1;
    }
}
