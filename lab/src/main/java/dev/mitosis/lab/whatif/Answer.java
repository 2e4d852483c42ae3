package dev.mitosis.lab.whatif;

import java.util.List;

/**
 * What page-table placement would do for a recorded program on a machine.
 *
 * @param simSeconds of the host for all simulations
 * @param unexplained accesses that no area explains, the most of any simulation
 */
public record Answer(
        String machine,
        int sockets,
        Recording recording,
        List<ScenarioAnswer> scenarios,
        double simSeconds,
        double accessesPerSecond,
        long unexplained,
        long refusedCalls,
        List<String> notes) {
    public Answer {
        scenarios = List.copyOf(scenarios);
        notes = List.copyOf(notes);
    }
}
