package dev.mitosis.workloads.trace;

/**
 * The numbers of the trace file, version 4. The format is described in {@code docs/trace-format.md}.
 *
 * <pre>
 *   file   = magic (8) block* last-block
 *   block  = u32 kind | u32 raw bytes | u32 compressed bytes | u32 CRC-32C of the 12 bytes before and of what follows | zstd
 *   kind   = 1 events, 2 totals: the last block
 * </pre>
 */
final class TraceFileLayout {
    /**
     * "MITOSIS" and the version. Versions 1 and 2 lack the events with larger numbers, and are read too. A version 3 never was: no flipped bit
     * makes another version of this one.
     */
    static final long MAGIC = 0x04_53_49_53_4F_54_49_4DL;

    /** The largest kind of event of each version; 0 for none such. */
    private static final int[] LAST_EVENT = {0, 8, 10, 0, 11};

    static final int MAGIC_BYTES = 8;
    static final int BLOCK_HEADER_BYTES = 16;
    /** The bytes of events that a writer collects before it writes a block; a reader refuses more than twice as much. */
    static final int BLOCK_BYTES = 1 << 20;

    static final int MAX_BLOCK_BYTES = 2 * BLOCK_BYTES;
    static final int MAX_NAME_BYTES = 8192;
    static final int MAX_BATCH = 1024;
    /** Of instructions, of accesses that are left out: what a double holds to the last one, and a machine executes in a month. */
    static final long MAX_TOTAL = 1L << 53;

    static final int EVENTS = 1;
    static final int TOTALS = 2;

    static final int PROCESS_STARTED = 1;
    static final int INITIAL_MAPPING = 2;
    static final int THREAD_STARTED = 3;
    static final int ACCESSES = 4;
    static final int SYSTEM_CALL = 5;
    static final int THREAD_EXITED = 6;
    static final int PROCESS_EXITED = 7;
    static final int END = 8;
    static final int PART = 9;
    static final int LEFT_OUT = 10;
    static final int DETAILED_ACCESSES = 11;

    private TraceFileLayout() {}

    /** The largest kind of event in a trace of a version, or 0 when there is no such version. */
    static int lastEvent(int version) {
        return version >= 0 && version < LAST_EVENT.length ? LAST_EVENT[version] : 0;
    }
}
