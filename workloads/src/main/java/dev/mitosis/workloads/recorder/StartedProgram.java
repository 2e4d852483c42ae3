package dev.mitosis.workloads.recorder;

import dev.mitosis.halnative.libc.SpawnCalls;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A child that {@link ProgramStarter} started. Concurrency: any thread may wait for it and end it. */
public final class StartedProgram {
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;

    private final int pid;
    private final CompletableFuture<Integer> status = new CompletableFuture<>();

    StartedProgram(int pid) {
        this.pid = pid;
        Thread waiting = new Thread(() -> status.complete(SpawnCalls.waitFor(pid)), "recorder-wait");
        waiting.setDaemon(true);
        waiting.start();
    }

    public int pid() {
        return pid;
    }

    /** Waits for its end: its exit code, or 128 and the signal that killed it. */
    public int waitFor() throws InterruptedException {
        try {
            return status.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing fails while a process is waited for", e);
        }
    }

    /** Whether it ended within a time. */
    public boolean hasEndedWithin(long millis) throws InterruptedException {
        try {
            status.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing fails while a process is waited for", e);
        }
    }

    /** Asks it to end. */
    public void terminate() {
        signal(SIGTERM);
    }

    public void kill() {
        signal(SIGKILL);
    }

    private void signal(int signal) {
        if (!status.isDone()) {
            SpawnCalls.kill(pid, signal);
        }
    }
}
