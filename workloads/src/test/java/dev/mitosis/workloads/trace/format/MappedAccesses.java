package dev.mitosis.workloads.trace.format;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.ForwardingSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps the accesses of each thread, and fails at one in memory that is not mapped, or at a range that is mapped twice. */
final class MappedAccesses extends ForwardingSink {
    private final Map<Integer, TreeMap<Long, Long>> areas = new HashMap<>();
    private final TreeMap<Integer, List<String>> ofThread = new TreeMap<>();
    long instructions;
    boolean hasEnded;
    boolean isWhole;

    MappedAccesses() {
        super(new DiscardingSink());
    }

    /** All accesses, thread by thread; a folded entry is one load less than it stands for, and what it is. */
    List<String> accesses() {
        return ofThread.values().stream().flatMap(List::stream).toList();
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        TreeMap<Long, Long> mapped = areas.computeIfAbsent(process, fresh -> new TreeMap<>());
        long end = result + args[1];
        Map.Entry<Long, Long> before = mapped.lowerEntry(end);
        assertTrue(before == null || before.getValue() <= result, "mapped twice: " + Long.toHexString(result));
        mapped.put(result, end);
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        assertFalse(hasEnded, "an access after the end");
        instructions += batch.instructions;
        List<String> lines = ofThread.computeIfAbsent(thread, fresh -> new ArrayList<>());
        for (int i = 0; i < batch.size; i++) {
            long va = batch.va[i];
            Map.Entry<Long, Long> area =
                    areas.getOrDefault(process, new TreeMap<>()).floorEntry(va);
            assertTrue(area != null && va < area.getValue(), "not mapped: " + Long.toHexString(va));
            boolean isStore = (batch.meta[i] & AccessBatch.STORE) != 0;
            for (int left = batch.meta[i] >>> AccessBatch.COUNT_SHIFT; left > 0; left--) {
                lines.add(thread + ": " + Long.toHexString(va) + (isStore && left == 1 ? " store" : " load"));
            }
        }
    }

    @Override
    public void end(boolean complete) {
        hasEnded = true;
        isWhole = complete;
    }
}
