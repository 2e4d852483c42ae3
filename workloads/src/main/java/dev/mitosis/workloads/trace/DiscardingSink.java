package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;

/** Takes every event and does nothing with it. */
public final class DiscardingSink implements TraceSink {
    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {}

    @Override
    public void initialMapping(int process, long startVa, long endVa, int prot, String name) {}

    @Override
    public void threadStarted(int process, int thread) {}

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {}

    @Override
    public void part(TracePart part) {}

    @Override
    public void leftOut(int process, int thread, long accesses, long instructions) {}

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {}

    @Override
    public void threadExited(int process, int thread) {}

    @Override
    public void processExited(int process, int status) {}

    @Override
    public void end(boolean complete) {}
}
