package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import java.util.List;
import java.util.stream.Collectors;

/** The experiments that there are: one line each. */
public final class ExperimentRegistry {
    private ExperimentRegistry() {}

    public static List<Experiment> experiments() {
        return List.of(
                new RemoteLeaves(),
                ThinPlacement.fig6(),
                new WidePlacement(),
                ThinPlacement.fig10(),
                ThinPlacement.fig11(),
                new Table5(),
                new Table6(),
                new Migration(),
                GuestPlacement.fig1(),
                new GuestLeaves(),
                GuestPlacement.fig3(),
                WideGuestPlacement.fig4(),
                WideGuestPlacement.fig5(),
                new GuestMigration(),
                new GuestGroups(),
                new GuestShadow(MachineProfile.load("4s-cascade-lake"), Simulations.find("gups")),
                new Headline());
    }

    /** The names, separated by commas. */
    public static String ids() {
        return experiments().stream().map(Experiment::id).collect(Collectors.joining(", "));
    }

    /** The experiment of a name; {@link IllegalArgumentException} names those that there are. */
    public static Experiment find(String id) {
        return experiments().stream()
                .filter(experiment -> experiment.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown figure '" + id + "'; there are " + ids()));
    }
}
