package dev.mitosis.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.WalkReadKinds;
import dev.mitosis.lab.whatif.Answer;
import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import java.util.List;

/** Results as JSON. The names are those that the command line promises; numbers are never strings. */
public final class ResultJson {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ResultJson() {}

    /** One simulation. */
    public static String of(RunResult result) {
        ObjectNode node = MAPPER.createObjectNode();
        put(node, result);
        return print(node);
    }

    /** One comparison. */
    public static String of(Answer answer) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("program", answer.recording().program());
        node.put("machine", answer.machine());
        node.put("sockets", answer.sockets());
        node.put("accesses", answer.recording().accesses());
        node.put("recordedAccesses", answer.recording().recorded());
        node.put("entries", answer.recording().entries());
        node.put("instructions", answer.recording().instructions());
        node.put("threads", answer.recording().threads());
        node.put("processes", answer.recording().processes());
        node.put("workingSetBytes", answer.recording().pages() << 12);
        node.put("loadedAtAccess", answer.recording().loadedAtAccess());
        node.put("recordSeconds", answer.recording().seconds());
        node.put("simSeconds", answer.simSeconds());
        node.put("accessesPerSecond", answer.accessesPerSecond());
        node.put("unexplainedAccesses", answer.unexplained());
        node.put("refusedSystemCalls", answer.refusedCalls());
        ArrayNode notes = node.putArray("notes");
        answer.notes().forEach(notes::add);
        ArrayNode scenarios = node.putArray("scenarios");
        for (ScenarioAnswer scenario : answer.scenarios()) {
            put(scenarios.addObject(), scenario);
        }
        return print(node);
    }

    private static void put(ObjectNode node, ScenarioAnswer answer) {
        node.put("scenario", answer.scenario().label());
        node.put("tlbMissesPerThousandAccesses", answer.tlbMissesPerThousand());
        node.put("walkShare", answer.baseline().cycles().walkShare());
        node.put("remoteWalkShare", answer.remoteWalkShare());
        node.put("cachedLeafReadShare", answer.cachedLeafShare());
        ArrayNode rows = node.putArray("policies");
        for (PolicyRow row : answer.rows()) {
            ObjectNode entry = rows.addObject();
            put(entry, row.result());
            speedups(entry.putObject("speedup"), row.speedups());
            if (!row.contendedSpeedups().isEmpty()) {
                speedups(entry.putObject("speedupContended"), row.contendedSpeedups());
            }
            entry.put("extraPageTableBytes", row.extraTableBytes());
            entry.put("extraKernelWork", row.updateShare());
        }
        answer.fitted().ifPresent(fitted -> FitText.put(node.putObject("fitted"), fitted));
        ObjectNode verdict = node.putObject("verdict");
        verdict.put("helps", answer.verdict().helps());
        verdict.put("policy", answer.verdict().policy());
        verdict.put("speedup", answer.verdict().speedup());
        verdict.put("sentence", answer.verdict().sentence());
    }

    private static void speedups(ObjectNode node, List<Double> values) {
        node.put("low", values.get(0));
        node.put("value", values.get(1));
        node.put("high", values.get(2));
    }

    private static void put(ObjectNode node, RunResult result) {
        Pmu counts = result.counts();
        node.put("machine", result.machine());
        node.put("workload", result.workload());
        node.put("config", result.config());
        node.put("policy", result.policy());
        node.put("seed", result.seed());
        node.put("accesses", counts.accesses);
        node.put("runtimeCycles", Math.round(result.cycles().runtime()));
        node.put("walkCycles", Math.round(result.cycles().walk()));
        node.put("nonWalkCycles", Math.round(result.cycles().nonWalk()));
        ObjectNode tlb = node.putObject("tlb");
        tlb.put("l1Misses", counts.l1TlbMisses);
        tlb.put("stlbMisses", counts.stlbMisses);
        node.put("walks", counts.walks);
        ObjectNode reads = node.putObject("walkReads");
        for (int level = 1; level < Pmu.LEVELS; level++) {
            long[] kinds = result.walkReads()[level];
            ObjectNode ofLevel = reads.putObject(Integer.toString(level));
            ofLevel.put("local", kinds[WalkReadKinds.LOCAL]);
            ofLevel.put("remote", kinds[WalkReadKinds.REMOTE]);
            ofLevel.put("cached", kinds[WalkReadKinds.CACHED]);
        }
        ArrayNode remote = node.putArray("leafRemotePercent");
        for (double percent : result.leafRemotePercent()) {
            remote.add(percent);
        }
        longs(node.putArray("pageTableBytes"), result.pageTableBytes());
        longs(node.putArray("dataBytes"), result.dataBytes());
        node.put("faults", counts.faults);
        ObjectNode shootdowns = node.putObject("shootdowns");
        shootdowns.put("events", counts.shootdownEvents);
        shootdowns.put("ipis", counts.shootdownIpis);
        node.put("mmOpCycles", counts.kernelCycles);
        node.put("simSeconds", result.simSeconds());
        node.put("accessesPerSecond", result.accessesPerSecond());
    }

    private static void longs(ArrayNode array, long[] values) {
        for (long value : values) {
            array.add(value);
        }
    }

    private static String print(ObjectNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of numbers and texts can always be printed", e);
        }
    }
}
