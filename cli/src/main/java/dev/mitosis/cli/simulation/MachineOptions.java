package dev.mitosis.cli.simulation;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.halsim.machine.MachineProfile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which machine is simulated: the options {@code --machine}, or {@code --sockets} with {@code --like}. */
public final class MachineOptions {
    private static final String DEFAULT = "4s-haswell-ex";

    @Option(
            names = "--machine",
            paramLabel = "M",
            description = "Machine to simulate (default: " + DEFAULT
                    + "): 2s-cascade-lake, 2s-epyc-genoa, 2s-epyc-milan, 2s-epyc-milan-nps4, 2s-ice-lake, 2s-sapphire-rapids,"
                    + " 2s-sapphire-rapids-snc4, 4s-cascade-lake, 4s-haswell-ex, 8s-cascade-lake; or a file that"
                    + " ./mitosis calibrate -o M.conf wrote.")
    private @Nullable String machine;

    @Option(names = "--sockets", paramLabel = "N", description = "Give the machine N sockets, each as it has them.")
    private @Nullable Integer sockets;

    @Option(names = "--like", paramLabel = "M", description = "With --sockets: the machine whose sockets they are.")
    private @Nullable String like;

    @Option(
            names = "--llc-share",
            paramLabel = "F",
            description =
                    "Part of each last-level cache that neighbours leave to the program (default: 1, a quiet socket).")
    private double lastLevelShare = 1;

    public MachineProfile profile() {
        if (machine != null && like != null) {
            throw CommandException.usage("--machine and --like both name the machine; use one");
        }
        String name = machine != null ? machine : like != null ? like : DEFAULT;
        try {
            MachineProfile profile = MachineProfile.load(name);
            profile = sockets == null ? profile : profile.withSockets(sockets);
            return lastLevelShare == 1 ? profile : profile.withLastLevelShare(lastLevelShare);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }
}
