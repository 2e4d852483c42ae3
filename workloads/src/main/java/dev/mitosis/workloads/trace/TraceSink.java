package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;

/**
 * Where the events of a recorded program go, in order.
 *
 * <p>Shape: processes and threads are dense numbers from 0 in order of appearance; thread numbers are unique over all
 * processes. Arguments and arrays belong to the producer and are valid during the call only.
 *
 * <p>Cost: once a batch or call, never once an access.
 */
public interface TraceSink {
    /**
     * A process begins, by the start of the recording ({@code parent} -1), by fork, or anew with a fresh address space after an
     * exec ({@code parent} equals {@code process}).
     *
     * @param command what runs, for people
     */
    void processStarted(int process, int parent, boolean sharesMemory, String command);

    /** A range that was mapped before the first visible system call: the program's image, its loader, its stack. */
    void initialMapping(int process, long startVa, long endVa, int prot, String name);

    /** A thread begins to run in a process. */
    void threadStarted(int process, int thread);

    /** Accesses of a thread. */
    void accesses(int process, int thread, AccessBatch batch);

    /** What accesses from here on are good for. */
    void part(TracePart part);

    /** Accesses, before folding, and instructions of a thread that were made about here and are not in the trace. */
    void leftOut(int process, int thread, long accesses, long instructions);

    /**
     * A system call that changes the address space has returned.
     *
     * @param number the x86-64 system call number
     * @param args the six arguments
     * @param result what it returned: a value, or a negative errno
     */
    void systemCall(int process, int thread, int number, long[] args, long result);

    void threadExited(int process, int thread);

    /** A process is gone. {@code status} is its exit code, or 128 + the signal that killed it. */
    void processExited(int process, int status);

    /** The last event: the recording is whole ({@code complete}), or was cut short. */
    void end(boolean complete);
}
