package dev.mitosis.halsim.timing;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.CoreProfile;
import dev.mitosis.halsim.machine.MachineProfile;
import java.util.Arrays;

/**
 * Times the pieces of a sample on an out-of-order core.
 *
 * <pre>
 *   dispatch   instructions / width after the one before; not before window, scheduler, load and store buffer have room
 *   ready      dispatched, and the load that the address comes from is complete
 *   walk       when a walker of the core is free: its fixed part, and its reads one after another
 *   data       when a fill buffer is free: the latency of what answers, or what is left of a prefetch
 *   retire     complete, in order; a store retires when it is translated
 * </pre>
 *
 * <p>Two hardware threads of a core each have half of the window and of the buffers, and share walkers and fill buffers. The piece beside
 * a piece is another piece of the same sample.
 *
 * <p>A prefetcher that follows streams runs ahead of them within a page, after two misses in one direction; another brings the other half
 * of 128 bytes. A line that was asked for early takes what is left of its latency.
 *
 * <p>Units: cycles of the core.
 *
 * <p>Cost: some 50 ns an access.
 *
 * <p>Source: interval models of out-of-order cores: Karkhanis and Smith (ISCA'04); Eyerman, Eeckhout et al. (TOCS 2009); the numbers are
 * {@link CoreProfile}'s.
 */
public final class CoreTiming {
    /** Accesses of a piece that fill the pipeline and train the prefetcher, before its time is taken. */
    private static final int WARM_UP = 256;

    /** More accesses than any window holds. */
    private static final int RING = 1024;

    /**
     * Of the instructions that enter after a load, those that wait for it or for what waits for it. Half: the mean of the extremes; a
     * recorded stream does not tell.
     */
    private static final double WAITING_SHARE = 0.5;

    private static final int LINES_OF_PAGE = 64;
    /** Walks that are remembered: more than are under way. */
    private static final int WALKED = 64;

    /** Lines asked for early that are remembered. */
    private static final int PREFETCHED = 1 << 12;

    private final MachineProfile machine;
    private final CoreProfile core;
    private final double[] latency;
    private final double[] walkers;
    private final double[] fillBuffers;

    private final boolean walks;
    private boolean isChain;

    private double walkCycles;
    private boolean countsWalks;

    /**
     * A core whose accesses are answered so late.
     *
     * @param latencyCycles by source, as in {@link Pmu}
     */
    public CoreTiming(MachineProfile machine, double[] latencyCycles) {
        this(machine, latencyCycles, true);
    }

    /** A core whose translations are there at once. */
    public static CoreTiming withoutWalks(MachineProfile machine, double[] latencyCycles) {
        return new CoreTiming(machine, latencyCycles, false);
    }

    /** Takes each access's address for the answer of the access before, whatever the sample says. */
    public CoreTiming asChain() {
        isChain = true;
        return this;
    }

    private CoreTiming(MachineProfile machine, double[] latencyCycles, boolean walks) {
        this.walks = walks;
        this.machine = machine;
        this.core = machine.core();
        this.latency = latencyCycles;
        walkers = new double[Math.max(1, machine.walkers())];
        fillBuffers = new double[core.fillBuffers()];
    }

    /**
     * What a hardware thread takes for an access, on the average.
     *
     * @param cycles all of it
     * @param walk cycles that its walks kept a walker
     */
    public record PerAccess(double cycles, double walk) {}

    /** Times a sample. Errors: {@link IllegalArgumentException} for a sample without a whole piece. */
    public PerAccess time(ReferenceSample sample, int threadsOfCore) {
        int pieces = sample.pieces();
        if (pieces == 0) {
            throw new IllegalArgumentException("a sample of less than " + ReferenceSample.PIECE + " accesses");
        }
        double cycles = 0;
        double walk = 0;
        Context[] contexts = new Context[threadsOfCore];
        for (int thread = 0; thread < threadsOfCore; thread++) {
            contexts[thread] = new Context(sample, threadsOfCore);
        }
        for (int piece = 0; piece < pieces; piece++) {
            Arrays.fill(walkers, 0);
            Arrays.fill(fillBuffers, 0);
            for (int thread = 0; thread < threadsOfCore; thread++) {
                contexts[thread].start((piece + thread * Math.max(1, pieces / threadsOfCore)) % pieces);
            }
            walkCycles = 0;
            run(contexts);
            cycles += contexts[0].measured();
            walk += walkCycles;
        }
        double accesses = (double) pieces * (ReferenceSample.PIECE - WARM_UP);
        return new PerAccess(cycles / accesses, walk / accesses);
    }

    /** Until the first context's piece ends; the others begin theirs again when they end sooner. */
    private void run(Context[] contexts) {
        Context first = contexts[0];
        while (!first.isDone()) {
            Context next = first;
            for (Context context : contexts) {
                next = context.front < next.front ? context : next;
            }
            countsWalks = next == first && first.at >= WARM_UP;
            next.step();
        }
    }

    /** One hardware thread. */
    private final class Context {
        private final ReferenceSample sample;
        private final double perInstruction;
        private final double window;
        private final double scheduler;
        private final int loads;
        private final int stores;

        private final double[] complete = new double[RING];
        private final double[] retired = new double[RING];
        private final double[] endsAt = new double[RING];
        private final double[] loadRetired = new double[RING];
        private final double[] storeDone = new double[RING];
        private final Prefetcher prefetcher = new Prefetcher();
        /** Pages walked lately, and when their walks were done. */
        private final long[] walkedPage = new long[WALKED];

        private final double[] walkedUntil = new double[WALKED];

        private int base;
        private int at;
        private double front;
        private double retire;
        private double instruction;
        private int oldest;
        /** Of misses whose instructions wait in the scheduler: when they arrive, and how many wait. */
        private final double[] arrives = new double[RING];

        private final double[] waiting = new double[RING];
        private int firstMiss;
        private int misses;
        private double waits;
        private int loadCount;
        private int storeCount;
        private double began;

        Context(ReferenceSample sample, int threads) {
            this.sample = sample;
            perInstruction = (double) threads / core.width();
            window = (double) core.window() / threads;
            scheduler = (double) core.scheduler() / threads;
            loads = Math.min(RING, core.loads() / threads);
            stores = Math.min(RING, core.stores() / threads);
        }

        void start(int piece) {
            base = piece * ReferenceSample.PIECE;
            at = 0;
            front = 0;
            retire = 0;
            instruction = 0;
            oldest = 0;
            firstMiss = 0;
            misses = 0;
            waits = 0;
            loadCount = 0;
            storeCount = 0;
            Arrays.fill(complete, 0);
            Arrays.fill(loadRetired, 0);
            Arrays.fill(storeDone, 0);
            prefetcher.forget();
            Arrays.fill(walkedPage, -1);
        }

        boolean isDone() {
            return at == ReferenceSample.PIECE;
        }

        double measured() {
            return retire - began;
        }

        void step() {
            if (at == ReferenceSample.PIECE) {
                at = 0;
            }
            int entry = base + at;
            int slot = at & RING - 1;
            double executed = sample.instructions[entry];
            double work = Math.max(executed * perInstruction, sample.workCycles[entry] * core.divideCycles());
            front += work;
            instruction += executed;
            waitForWindow();
            waitForScheduler();
            boolean isStore = (sample.flags[entry] & ReferenceSample.STORE) != 0;
            if (isStore) {
                front = Math.max(front, storeDone[storeCount % stores]);
            } else {
                front = Math.max(front, loadRetired[loadCount % loads]);
            }
            double ready = front;
            int back = isChain ? 1 : sample.distance[entry] & 0xFF;
            if (back != 0 && back <= at) {
                ready = Math.max(ready, complete[at - back & RING - 1]);
            }
            double translated = walk(entry, ready);
            double done = data(entry, translated);
            complete[slot] = done;
            if (done - front > latency[Pmu.L2]) {
                arrives[misses & RING - 1] = done;
                waiting[misses++ & RING - 1] = executed * WAITING_SHARE;
                waits += executed * WAITING_SHARE;
            }
            retire = Math.max(retire + work, isStore ? translated : done);
            retired[slot] = retire;
            endsAt[slot] = instruction;
            if (isStore) {
                storeDone[storeCount++ % stores] = Math.max(retire, done);
            } else {
                loadRetired[loadCount++ % loads] = retire;
            }
            if (++at == WARM_UP) {
                began = retire;
            }
        }

        /** An instruction enters when the one that many before it has retired. */
        private void waitForWindow() {
            double leaves = instruction - window;
            while (oldest < at && endsAt[oldest & RING - 1] <= leaves) {
                front = Math.max(front, retired[oldest & RING - 1]);
                oldest++;
            }
            oldest = Math.max(oldest, at - RING + 1);
        }

        /** Instructions that wait for a miss keep their places in the scheduler, and when it is full, nothing enters. */
        private void waitForScheduler() {
            while (firstMiss < misses && (waits > scheduler || arrives[firstMiss & RING - 1] <= front)) {
                front = Math.max(front, arrives[firstMiss & RING - 1]);
                waits -= waiting[firstMiss++ & RING - 1];
            }
        }

        private double walk(int entry, double ready) {
            int from = sample.walkFrom[entry];
            int to = sample.walkFrom[entry + 1];
            if (!walks) {
                return ready;
            }
            long page = sample.line[entry] / LINES_OF_PAGE;
            int slot = (int) (page & WALKED - 1);
            if (from == to) {
                // The TLB has it only when the walk that another access to the page began is done.
                return walkedPage[slot] == page ? Math.max(ready, walkedUntil[slot]) : ready;
            }
            double takes = machine.walkStartCycles();
            for (int i = from; i < to; i++) {
                takes += latency[sample.walkSources[i]];
            }
            int walker = earliest(walkers);
            double start = Math.max(ready, walkers[walker]);
            walkers[walker] = start + takes;
            walkedPage[slot] = page;
            walkedUntil[slot] = start + takes;
            walkCycles += countsWalks ? takes : 0;
            return start + takes;
        }

        private double data(int entry, double ready) {
            int source = sample.source[entry];
            if (source == Pmu.L1) {
                return ready + latency[Pmu.L1];
            }
            double full = latency[source];
            long line = sample.line[entry];
            double asked = prefetcher.find(line);
            double takes = full;
            if (source > Pmu.L2) {
                if (asked >= 0) {
                    takes = Math.min(full, Math.max(latency[Pmu.L2], asked + full - ready));
                } else if (core.fetchesPairs()) {
                    prefetcher.ask(line ^ 1, ready);
                }
            }
            int buffer = earliest(fillBuffers);
            double start = Math.max(ready, fillBuffers[buffer]);
            fillBuffers[buffer] = start + takes;
            prefetcher.follow(line, start);
            return start + takes;
        }
    }

    private static int earliest(double[] times) {
        int best = 0;
        for (int i = 1; i < times.length; i++) {
            best = times[i] < times[best] ? i : best;
        }
        return best;
    }

    /** The lines of one hardware thread that were asked for early, and the streams that are followed. */
    private final class Prefetcher {
        private final long[] lines = new long[PREFETCHED];
        private final double[] asked = new double[PREFETCHED];
        private final long[] page = new long[core.streams()];
        private final long[] last = new long[core.streams()];
        private final long[] ahead = new long[core.streams()];
        private final int[] run = new int[core.streams()];
        private final long[] used = new long[core.streams()];
        private long clock;

        void forget() {
            Arrays.fill(lines, -1);
            Arrays.fill(page, -1);
            Arrays.fill(used, 0);
        }

        double find(long line) {
            int slot = (int) (line & PREFETCHED - 1);
            return lines[slot] == line ? asked[slot] : -1;
        }

        void ask(long line, double time) {
            int slot = (int) (line & PREFETCHED - 1);
            if (lines[slot] != line) {
                lines[slot] = line;
                asked[slot] = time;
            }
        }

        /** A request that the first level misses. */
        void follow(long line, double time) {
            long of = line / LINES_OF_PAGE;
            int stream = 0;
            for (int i = 0; i < page.length; i++) {
                if (page[i] == of) {
                    advance(i, line, time);
                    return;
                }
                stream = used[i] < used[stream] ? i : stream;
            }
            page[stream] = of;
            last[stream] = line;
            ahead[stream] = line;
            run[stream] = 0;
            used[stream] = ++clock;
        }

        private void advance(int i, long line, double time) {
            used[i] = ++clock;
            long step = Long.signum(line - last[i]);
            if (step == 0) {
                return;
            }
            run[i] = step == Integer.signum(run[i]) ? run[i] + (int) step : (int) step;
            last[i] = line;
            if (Math.abs(run[i]) < 2) {
                ahead[i] = line;
                return;
            }
            // Two lines a request, until it is as far ahead as it goes.
            for (int issued = 0; issued < 2; issued++) {
                long next = step > 0 ? Math.max(ahead[i], line) + 1 : Math.min(ahead[i], line) - 1;
                if (next / LINES_OF_PAGE != page[i] || Math.abs(next - line) > core.linesAhead()) {
                    return;
                }
                ask(next, time);
                ahead[i] = next;
            }
        }
    }
}
