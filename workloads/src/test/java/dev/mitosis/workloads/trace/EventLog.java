package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keeps every event as a line of text. */
public final class EventLog implements TraceSink {
    private final List<String> events = new ArrayList<>();

    public List<String> events() {
        return events;
    }

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        events.add("process " + process + " of " + parent + " shares " + sharesMemory + " runs " + command);
    }

    @Override
    public void initialMapping(int process, long startVa, long endVa, int prot, String name) {
        events.add("mapping " + process + " " + startVa + "-" + endVa + " " + prot + " " + name);
    }

    @Override
    public void threadStarted(int process, int thread) {
        events.add("thread " + thread + " of " + process);
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        events.add("accesses " + process + " " + thread + " " + batch.instructions + " "
                + Arrays.toString(Arrays.copyOf(batch.va, batch.size))
                + Arrays.toString(Arrays.copyOf(batch.meta, batch.size))
                + (batch.isDetailed ? details(batch) : ""));
    }

    private static String details(AccessBatch batch) {
        return Arrays.toString(Arrays.copyOf(batch.distance, batch.size)) + " " + batch.multiplies + " " + batch.divides
                + " " + batch.floatingPoints + " " + batch.branches;
    }

    @Override
    public void part(TracePart part) {
        events.add("part " + part);
    }

    @Override
    public void leftOut(int process, int thread, long accesses, long instructions) {
        events.add("left out " + process + " " + thread + " " + accesses + " " + instructions);
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        events.add("call " + process + " " + thread + " " + number + Arrays.toString(args) + " = " + result);
    }

    @Override
    public void threadExited(int process, int thread) {
        events.add("gone " + process + " " + thread);
    }

    @Override
    public void processExited(int process, int status) {
        events.add("exit " + process + " " + status);
    }

    @Override
    public void end(boolean complete) {
        events.add("end " + complete);
    }
}
