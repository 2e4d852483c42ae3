package dev.mitosis.lab.report;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.whatif.Answer;
import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** Results as CSV (RFC 4180): a line of names, then a line a simulation. Values for each node are separated by semicolons. */
public final class ResultCsv {
    private static final String RUN_NAMES = "machine,workload,config,policy,seed,accesses,runtimeCycles,walkCycles,"
            + "nonWalkCycles,l1Misses,stlbMisses,walks,leafRemotePercent,pageTableBytes,dataBytes,faults,shootdownEvents,"
            + "shootdownIpis,mmOpCycles,simSeconds,accessesPerSecond";

    private ResultCsv() {}

    /** One simulation. */
    public static String of(RunResult result) {
        return RUN_NAMES + "\n" + line(result);
    }

    /** One comparison, and the verdicts as comments after it. */
    public static String of(Answer answer) {
        StringBuilder text = new StringBuilder(RUN_NAMES)
                .append(",speedupLow,speedup,speedupHigh,speedupContended,extraPageTableBytes,extraKernelWork")
                .append(isFitted(answer) ? ",fittedSpeedup,fittedLow,fittedHigh\n" : "\n");
        for (ScenarioAnswer scenario : answer.scenarios()) {
            for (PolicyRow row : scenario.rows()) {
                text.append(line(row.result()))
                        .append(String.format(
                                Locale.ROOT,
                                ",%.4f,%.4f,%.4f,%.4f,%d,%.6f",
                                row.speedups().get(0),
                                row.speedups().get(1),
                                row.speedups().get(2),
                                row.contendedSpeedup(),
                                row.extraTableBytes(),
                                row.updateShare()))
                        .append(scenario.fitted()
                                .map(fitted ->
                                        FitText.csv(fitted.row(row.policy()).speedup()))
                                .orElse(""))
                        .append('\n');
            }
        }
        for (ScenarioAnswer scenario : answer.scenarios()) {
            text.append("# ").append(scenario.verdict().sentence()).append('\n');
        }
        return text.toString().stripTrailing();
    }

    private static boolean isFitted(Answer answer) {
        return answer.scenarios().stream()
                .anyMatch(scenario -> scenario.fitted().isPresent());
    }

    private static String line(RunResult result) {
        Pmu counts = result.counts();
        StringJoiner line = new StringJoiner(",");
        line.add(quote(result.machine()));
        line.add(quote(result.workload()));
        line.add(quote(result.config()));
        line.add(quote(result.policy()));
        for (long value : new long[] {
            result.seed(),
            counts.accesses,
            Math.round(result.cycles().runtime()),
            Math.round(result.cycles().walk()),
            Math.round(result.cycles().nonWalk()),
            counts.l1TlbMisses,
            counts.stlbMisses,
            counts.walks
        }) {
            line.add(Long.toString(value));
        }
        line.add(Arrays.stream(result.leafRemotePercent())
                .mapToObj(percent -> String.format(Locale.ROOT, "%.2f", percent))
                .collect(Collectors.joining(";")));
        line.add(joined(result.pageTableBytes()));
        line.add(joined(result.dataBytes()));
        line.add(Long.toString(counts.faults));
        line.add(Long.toString(counts.shootdownEvents));
        line.add(Long.toString(counts.shootdownIpis));
        line.add(Long.toString(counts.kernelCycles));
        line.add(String.format(Locale.ROOT, "%.3f", result.simSeconds()));
        line.add(String.format(Locale.ROOT, "%.0f", result.accessesPerSecond()));
        return line.toString();
    }

    private static String joined(long[] values) {
        return Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(";"));
    }

    private static String quote(String text) {
        boolean isPlain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return isPlain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
