package dev.mitosis.cli.pages;

import dev.mitosis.halsim.machine.MachineProfile;
import java.util.List;

/** The machines that come with the product, as their files describe them. */
final class MachinePart {
    private static final int FRAMES_PER_GIB = 1 << 18;

    private MachinePart() {}

    static String text() {
        return Markdown.table(
                List.of(
                        "name",
                        "what it is",
                        "nodes",
                        "cores a node",
                        "memory a node",
                        "second-level TLB",
                        "last-level cache"),
                MachineProfile.names().stream()
                        .map(MachineProfile::load)
                        .map(MachinePart::row)
                        .toList());
    }

    private static List<String> row(MachineProfile machine) {
        return List.of(
                Markdown.code(machine.name()),
                Markdown.plain(machine.description()),
                String.valueOf(machine.nodes()),
                String.valueOf(machine.coresPerNode()),
                machine.shape().framesPerNode() / FRAMES_PER_GIB + " GiB",
                machine.tlb().second().entries() + " entries",
                (machine.caches().last().sizeBytes() >> 20) + " MiB for "
                        + machine.caches().lastCores() + " cores");
    }
}
