package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;

/** Hands every event on: the base of sinks that look at some of them. */
public class ForwardingSink implements TraceSink {
    private final TraceSink next;

    public ForwardingSink(TraceSink next) {
        this.next = next;
    }

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        next.processStarted(process, parent, sharesMemory, command);
    }

    @Override
    public void initialMapping(int process, long startVa, long endVa, int prot, String name) {
        next.initialMapping(process, startVa, endVa, prot, name);
    }

    @Override
    public void threadStarted(int process, int thread) {
        next.threadStarted(process, thread);
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        next.accesses(process, thread, batch);
    }

    @Override
    public void part(TracePart part) {
        next.part(part);
    }

    @Override
    public void leftOut(int process, int thread, long accesses, long instructions) {
        next.leftOut(process, thread, accesses, instructions);
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        next.systemCall(process, thread, number, args, result);
    }

    @Override
    public void threadExited(int process, int thread) {
        next.threadExited(process, thread);
    }

    @Override
    public void processExited(int process, int status) {
        next.processExited(process, status);
    }

    @Override
    public void end(boolean complete) {
        next.end(complete);
    }
}
