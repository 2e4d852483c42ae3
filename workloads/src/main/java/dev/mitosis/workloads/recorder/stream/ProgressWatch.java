package dev.mitosis.workloads.recorder.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongUnaryOperator;

/**
 * Names a process that uses its processor and sends nothing: it loops without memory accesses, or its emulator hangs in a call. Such a process
 * is said once in each silence, with its last system call, and goes on: a long computation in registers is no error, and Ctrl-C ends it.
 *
 * <p>Units: processor time of a process in milliseconds, user and system. A process that waits uses none, so it may be silent for ever.
 *
 * <p>Concurrency: any number of threads add processes and hear them; one looks.
 */
public final class ProgressWatch {
    private static final int MILLIS = 1000;

    private final int patienceSeconds;
    private final LongUnaryOperator processorMillis;
    private final Consumer<String> say;
    private final List<Watched> all = new ArrayList<>();

    /** A process that is looked at. */
    static final class Watched {
        private final long pid;
        private final String command;
        private final IntSupplier lastCall;
        private volatile long records;
        private long recordsThen = -1;
        private long millisThen;
        private boolean isSaid;

        private Watched(long pid, String command, IntSupplier lastCall) {
            this.pid = pid;
            this.command = command;
            this.lastCall = lastCall;
        }

        /** It has sent a record. Called by its reader alone. */
        @SuppressWarnings("NonAtomicVolatileUpdate")
        void heard() {
            records++;
        }
    }

    /**
     * @param patienceSeconds of its own processor time that a process may be silent
     * @param processorMillis what a process has used, by its pid; negative when there is no such process
     * @param say takes one line
     */
    public ProgressWatch(int patienceSeconds, LongUnaryOperator processorMillis, Consumer<String> say) {
        this.patienceSeconds = patienceSeconds;
        this.processorMillis = processorMillis;
        this.say = say;
    }

    /** Looks at a process from now on. {@code lastCall} gives the number of its last system call, or {@link LastCall#NONE}. */
    synchronized Watched add(long pid, String command, IntSupplier lastCall) {
        Watched watched = new Watched(pid, command, lastCall);
        all.add(watched);
        return watched;
    }

    synchronized void remove(Watched watched) {
        all.remove(watched);
    }

    /** Looks at every process once. */
    public synchronized void look() {
        for (Watched one : all) {
            long records = one.records;
            long millis = processorMillis.applyAsLong(one.pid);
            if (records != one.recordsThen || millis < 0) {
                // One that is not there begins anew when it is.
                one.recordsThen = millis < 0 ? -1 : records;
                one.millisThen = millis;
                one.isSaid = false;
            } else if (!one.isSaid && millis - one.millisThen >= (long) patienceSeconds * MILLIS) {
                one.isSaid = true;
                say.accept(one.command + " (process " + one.pid + ") has used " + patienceSeconds
                        + " s of processor time without a memory access; its last system call: "
                        + LastCall.name(one.lastCall.getAsInt()) + "; recording goes on");
            }
        }
    }
}
