package dev.mitosis.mm.stat;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A row of counters that many processors add to: each adds to a stripe of its own, and a reading sums the stripes.
 *
 * <p>Cost: an addition is one atomic add on a line that the processor mostly has to itself; where one thread owns the machine
 * there is one stripe and a plain add.
 *
 * <p>Source: the role of Linux {@code lib/percpu_counter.c}.
 */
public final class StripedCounters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int STRIPES = 16;
    private static final int CELLS_PER_LINE = 8;

    private final boolean concurrent;
    private final int width;
    private final int stripeMask;
    private final long[] cells;

    public StripedCounters(int counters, boolean concurrent) {
        this.concurrent = concurrent;
        this.stripeMask = concurrent ? STRIPES - 1 : 0;
        this.width = concurrent ? (counters / CELLS_PER_LINE + 2) * CELLS_PER_LINE : counters;
        this.cells = new long[width * (stripeMask + 1)];
    }

    public void add(int cpu, int counter, long change) {
        int at = (cpu & stripeMask) * width + counter;
        if (concurrent) {
            CELL.getAndAdd(cells, at, change);
        } else {
            cells[at] += change;
        }
    }

    public long sum(int counter) {
        long sum = 0;
        for (int at = counter; at < cells.length; at += width) {
            sum += concurrent ? (long) CELL.getVolatile(cells, at) : cells[at];
        }
        return sum;
    }
}
