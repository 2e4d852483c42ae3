package dev.mitosis.lab.advise;

import dev.mitosis.lab.whatif.Recording;
import java.util.List;

/**
 * What the adviser says of a program on a machine.
 *
 * @param choices of all scenarios, the best of a scenario first
 * @param warnings shapes of the program under which replicas lose or do nothing
 */
public record Advice(
        String machine, Recording recording, List<Choice> choices, List<String> warnings, List<String> notes) {
    public Advice {
        choices = List.copyOf(choices);
        warnings = List.copyOf(warnings);
        notes = List.copyOf(notes);
    }
}
