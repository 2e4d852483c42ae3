package dev.mitosis.kvm.discovery;

import dev.mitosis.halsim.machine.MachineProfile;

/**
 * The matrix that a simulated machine would give.
 *
 * <p>Caches of the simulator have no coherence state, so a profile has no latency of a transfer. The line is taken to come from the
 * memory of the processor that wrote it: {@code memory.localCycles} within a node, {@code memory.nearCycles} and {@code memory.remoteCycles} across. On the one
 * machine for which both are published, Xeon E7-4850 v3, that is right by 6 % (280 and 580 cycles; measured 265 to 272 and 579 to
 * 595). A profile has neither hardware threads nor dies.
 */
public final class SimulatedMatrix {
    private SimulatedMatrix() {}

    public static LatencyMatrix of(MachineProfile machine) {
        int cpus = machine.sockets() * machine.coresPerSocket();
        double nanosPerCycle = 1000.0 / machine.frequencyMhz();
        double[][] rows = new double[cpus][cpus];
        for (int a = 0; a < cpus; a++) {
            for (int b = 0; b < cpus; b++) {
                int from = a / machine.coresPerNode();
                int to = b / machine.coresPerNode();
                rows[a][b] = nanosPerCycle * machine.links().link(from, to).latencyCycles();
            }
        }
        return LatencyMatrix.of(rows);
    }
}
