package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.util.BitSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Work on one processor of the host, in a thread of its own. */
public final class Pinned {
    private Pinned() {}

    /**
     * Starts it.
     *
     * @param cpu the kernel's number of the processor
     */
    static <T> FutureTask<T> start(LinuxCalls calls, int cpu, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(() -> {
            BitSet only = new BitSet();
            only.set(cpu);
            int result = calls.schedSetaffinity(0, Bitmasks.words(only, cpu + 1));
            if (result < 0) {
                throw new IOException("cannot run on processor " + cpu + ": " + calls.strerror(-result));
            }
            return work.call();
        });
        Thread thread = new Thread(task, "calibration on processor " + cpu);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Runs it and waits for what it comes to. */
    public static <T> T run(LinuxCalls calls, int cpu, Callable<T> work) throws IOException, InterruptedException {
        return await(start(calls, cpu, work));
    }

    static <T> T await(FutureTask<T> task) throws IOException, InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IllegalStateException("a measuring thread failed", e);
        }
    }
}
