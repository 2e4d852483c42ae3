package dev.mitosis.lab.api;

import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import java.util.List;

/**
 * What page-table placement would do for a program on a machine.
 *
 * @param cases one for each situation that was judged; not empty
 * @param notes what a reader should know
 */
@Stable
public record Answer(String machine, String program, List<Case> cases, List<String> notes) {
    public Answer {
        cases = List.copyOf(cases);
        notes = List.copyOf(notes);
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("an answer judges at least one situation");
        }
    }

    /**
     * One situation, such as a program that is moved to another socket.
     *
     * @param situation {@code moved} or {@code wide}
     * @param walkShare of first touch's cycles that are page walks
     * @param remoteWalkShare of them that are reads of page tables in other nodes' memory: the most that placement can save
     * @param rows first touch first
     */
    @Stable
    public record Case(String situation, double walkShare, double remoteWalkShare, List<Row> rows, Verdict verdict) {
        public Case {
            rows = List.copyOf(rows);
        }
    }

    /**
     * One policy against first touch.
     *
     * @param speedup while the program runs, timed as the model of a core says
     * @param netSpeedup the same when this run alone pays for moving and copying tables
     * @param pageTableBytes on all nodes
     * @param updateShare what memory management takes beyond first touch's, as a share of first touch's run time
     */
    @Stable
    public record Row(String policy, double speedup, double netSpeedup, long pageTableBytes, double updateShare) {}

    /**
     * The advice.
     *
     * @param policy the best one, {@code first-touch} when none helps
     * @param sentence the advice with its reason, for people
     */
    @Stable
    public record Verdict(boolean helps, String policy, double speedup, String sentence) {}

    /** The verdict of the situation in which a policy helps most. */
    public Verdict verdict() {
        Verdict best = cases.get(0).verdict();
        for (Case judged : cases) {
            if (judged.verdict().speedup() > best.speedup()) {
                best = judged.verdict();
            }
        }
        return best;
    }

    static Answer of(dev.mitosis.lab.whatif.Answer answer) {
        return new Answer(
                answer.machine(),
                answer.recording().program(),
                answer.scenarios().stream().map(Answer::judged).toList(),
                answer.notes());
    }

    private static Case judged(ScenarioAnswer scenario) {
        dev.mitosis.lab.whatif.Verdict verdict = scenario.verdict();
        return new Case(
                scenario.scenario().label(),
                scenario.baseline().cycles().walkShare(),
                scenario.remoteWalkShare(),
                scenario.rows().stream().map(Answer::row).toList(),
                new Verdict(verdict.helps(), verdict.policy(), verdict.speedup(), verdict.sentence()));
    }

    private static Row row(PolicyRow row) {
        return new Row(row.policy(), row.speedup(), row.netSpeedup(), row.pageTableBytes(), row.updateShare());
    }
}
