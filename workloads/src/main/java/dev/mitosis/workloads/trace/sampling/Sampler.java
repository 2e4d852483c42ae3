package dev.mitosis.workloads.trace.sampling;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Hands on the accesses that a plan keeps; of the others only touches, and how many they were.
 *
 * <p>Entries are not cut: a part begins with the first entry that begins in it. Instructions of a batch go to the part that its first entry
 * is in, so only their sum over parts is exact.
 *
 * <p>Memory: {@link TouchedPages}.
 */
public final class Sampler extends ForwardingSink {
    private static final int MMAP = 9;
    private static final int MUNMAP = 11;
    private static final int BRK = 12;
    private static final int MREMAP = 25;
    private static final int MADVISE = 28;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_FREE = 8;

    /** A break that moved down gives up pages above it; what else lies there is touched again at no harm. */
    private static final long BRK_REACH = 1L << 30;

    /** Before the last accesses of a program, which are warmed up for too. */
    private static final long LINES_BEFORE_THE_LAST = 1 << 20;

    /** How many accesses may be left out before the trace says so, which bounds how inexact its clock is. */
    private static final long TELL_AT = 1 << 16;

    private final SamplingPlan plan;
    private final TouchedPages pages = new TouchedPages();
    private final @Nullable RecentLines recent;
    private final Map<Integer, Integer> processOf = new HashMap<>();
    private final AccessBatch kept = new AccessBatch();
    private final Map<Long, long[]> untold = new HashMap<>();
    private long clock;
    private long untoldAccesses;
    /** The part that the clock is in, and when the next one begins. */
    private TracePart part = TracePart.MEASURED;

    private long partEnd;
    private boolean isStarted;

    /** A sampler that hands on to {@code next}. A plan for the last accesses keeps none until {@link #measureFrom} says so. */
    public Sampler(TraceSink next, SamplingPlan plan) {
        super(next);
        this.plan = plan;
        partEnd = plan.last() > 0 ? Long.MAX_VALUE : 0;
        long lines = plan.last() > 0 ? LINES_BEFORE_THE_LAST : plan.warmUp();
        recent = lines > 0 ? new RecentLines(lines) : null;
    }

    /** All accesses that came. */
    public long clock() {
        return clock;
    }

    /** With a plan for the last accesses: what comes after so many counts. */
    void measureFrom(long accesses) {
        partEnd = accesses;
    }

    // ---- parts ----

    private void choosePart() {
        while (!isStarted || clock >= partEnd) {
            TracePart next = nextPart();
            if (!isStarted || next != part) {
                tellLeftOut();
                if (next == TracePart.MEASURED && clock > 0) {
                    warmUp();
                }
                super.part(next);
            }
            part = next;
            isStarted = true;
        }
    }

    /** Moves {@link #partEnd} on to the end of the part that begins at it. */
    private TracePart nextPart() {
        if (plan.first() > 0) {
            boolean isFirst = !isStarted;
            partEnd = isFirst ? plan.first() : Long.MAX_VALUE;
            return isFirst ? TracePart.MEASURED : TracePart.LEFT_OUT;
        }
        if (plan.last() > 0) {
            if (!isStarted) {
                return TracePart.LEFT_OUT;
            }
            partEnd = Long.MAX_VALUE;
            return TracePart.MEASURED;
        }
        if (plan.window() == 0) {
            partEnd = Long.MAX_VALUE;
            return TracePart.MEASURED;
        }
        long period = clock / plan.every();
        long at = clock - period * plan.every();
        long begin = plan.offset(period);
        if (at < begin) {
            partEnd = period * plan.every() + begin;
            return TracePart.SKIPPED;
        }
        if (at < begin + plan.window()) {
            partEnd = period * plan.every() + begin + plan.window();
            return TracePart.MEASURED;
        }
        partEnd = (period + 1) * plan.every();
        return TracePart.SKIPPED;
    }

    private void warmUp() {
        if (recent == null) {
            return;
        }
        super.part(TracePart.WARM_UP);
        recent.replay(
                this::isTouched,
                (thread, loads) -> super.accesses(Objects.requireNonNull(processOf.get(thread)), thread, loads));
    }

    /** Whether a thread still runs, and the page of an address is there. */
    private boolean isTouched(int thread, long va) {
        Integer process = processOf.get(thread);
        return process != null && pages.isTouched(process, va);
    }

    // ---- accesses ----

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        @Nullable AccessBatch counts = batch;
        long instructions = batch.instructions;
        int from = 0;
        do {
            choosePart();
            if (part == TracePart.LEFT_OUT && plan.first() > 0) {
                // The program goes on; the trace does not.
                return;
            }
            int to = from;
            long left = 0;
            kept.clear();
            kept.isDetailed = batch.isDetailed;
            boolean isWhole = !part.isThin();
            while (to < batch.size && clock < partEnd) {
                int meta = batch.meta[to];
                int count = meta >>> AccessBatch.COUNT_SHIFT;
                boolean isNew = pages.isNew(process, batch.va[to], (meta & AccessBatch.STORE) != 0);
                if (recent != null) {
                    recent.touch(thread, batch.va[to]);
                }
                if (isWhole || isNew) {
                    if (kept.isFull()) {
                        hand(process, thread, null);
                    }
                    kept.va[kept.size] = batch.va[to];
                    // What touches depend on is left out with what is between them.
                    kept.distance[kept.size] = isWhole ? batch.distance[to] : 0;
                    kept.meta[kept.size++] = meta;
                } else {
                    left += count;
                }
                clock += count;
                to++;
            }
            if (isWhole) {
                hand(process, thread, counts);
            } else {
                // Instructions go with the touches of their batch, so that their clock is as exact as that of the
                // touches.
                boolean hasTouches = kept.size > 0;
                hand(process, thread, hasTouches ? counts : null);
                leaveOut(process, thread, left, hasTouches ? 0 : instructions);
            }
            instructions = 0;
            counts = null;
            from = to;
        } while (from < batch.size);
    }

    private void hand(int process, int thread, @Nullable AccessBatch counts) {
        kept.setCounts(counts);
        if (kept.size > 0 || kept.instructions > 0) {
            super.accesses(process, thread, kept);
        }
        kept.size = 0;
    }

    private void leaveOut(int process, int thread, long accesses, long instructions) {
        if (accesses == 0 && instructions == 0) {
            return;
        }
        long[] counts = untold.computeIfAbsent((long) process << 32 | thread, fresh -> new long[2]);
        counts[0] += accesses;
        counts[1] += instructions;
        untoldAccesses += accesses;
        if (untoldAccesses >= TELL_AT) {
            tellLeftOut();
        }
    }

    private void tellLeftOut() {
        untoldAccesses = 0;
        untold.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            long[] counts = entry.getValue();
            super.leftOut((int) (entry.getKey() >>> 32), (int) (long) entry.getKey(), counts[0], counts[1]);
        });
        untold.clear();
    }

    // ---- what changes pages ----

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        tellLeftOut();
        if (process == parent) {
            processOf.values().removeIf(owner -> owner == process);
            pages.forgetProcess(process);
        } else if (parent >= 0) {
            pages.forgetStores(parent);
        }
        super.processStarted(process, parent, sharesMemory, command);
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        tellLeftOut();
        if (result >= 0 || result < -4095) {
            switch (number) {
                case MMAP -> pages.forget(process, result, args[1]);
                case MUNMAP -> pages.forget(process, args[0], args[1]);
                case BRK -> pages.forget(process, result, BRK_REACH);
                case MREMAP -> {
                    pages.forget(process, args[0], args[1]);
                    pages.forget(process, result, args[2]);
                }
                case MADVISE -> {
                    if (args[2] == MADV_DONTNEED || args[2] == MADV_FREE) {
                        pages.forget(process, args[0], args[1]);
                    }
                }
                default -> {
                    // Rights change; pages stay.
                }
            }
        }
        super.systemCall(process, thread, number, args, result);
    }

    @Override
    public void threadStarted(int process, int thread) {
        processOf.put(thread, process);
        super.threadStarted(process, thread);
    }

    @Override
    public void threadExited(int process, int thread) {
        processOf.remove(thread);
        tellLeftOut();
        super.threadExited(process, thread);
    }

    @Override
    public void processExited(int process, int status) {
        tellLeftOut();
        pages.forgetProcess(process);
        processOf.values().removeIf(owner -> owner == process);
        super.processExited(process, status);
    }

    @Override
    public void end(boolean complete) {
        tellLeftOut();
        super.end(complete);
    }
}
