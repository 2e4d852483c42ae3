package dev.mitosis.kvm;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kvm.discovery.GroupDiscovery;
import dev.mitosis.kvm.discovery.LatencyMatrix;
import dev.mitosis.kvm.discovery.SimulatedMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * How a guest that sees one node learns which of its vCPUs share a socket, and learns it again when the hypervisor has moved them.
 *
 * <pre>
 *   NO-P   asks the hypervisor for the socket of each vCPU: a hypercall each; the group is the socket
 *   NO-F   measures how long a cache line takes between each two of them; groups have no names of their own, so each keeps the
 *          name of the group that most of its vCPUs were in
 * </pre>
 *
 * <p>A group that is wrong is no error: its vCPUs walk a replica of the guest's tables that is on another socket. So NO-F cannot see that a
 * whole group has moved, as its members still share a socket; NO-P can.
 *
 * <p>Cost: NO-P a hypercall for each vCPU; NO-F a measurement for each pair, which the model does not charge.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.4.
 */
public final class VcpuGroups {
    private final VirtualMachine vm;
    private final MachineProfile profile;

    /** The groups of a machine on a host of a profile. */
    public VcpuGroups(VirtualMachine vm, MachineProfile profile) {
        this.vm = vm;
        this.profile = profile;
    }

    /** NO-P: the socket of each vCPU, as the hypervisor says. */
    public List<Integer> asked() {
        List<Integer> sockets = new ArrayList<>();
        for (int vcpu = 0; vcpu < vm.topology().cpus(); vcpu++) {
            int socket = vm.askSocket(vcpu);
            // A socket that the guest has no group for: its vCPUs use the replica that they used.
            sockets.add(socket < vm.topology().nodes() ? socket : vm.groups().get(vcpu));
        }
        return sockets;
    }

    /**
     * NO-F: what the latencies between vCPUs tell, where they run now.
     *
     * @param noise the share by which a measured latency is off at the most
     */
    public List<Integer> measured(double noise, RandomGenerator random) {
        LatencyMatrix host = SimulatedMatrix.of(profile);
        int vcpus = vm.topology().cpus();
        double[][] rows = new double[vcpus][vcpus];
        for (int a = 0; a < vcpus; a++) {
            for (int b = 0; b < vcpus; b++) {
                int of = vm.cpuOf(a).number();
                int to = vm.cpuOf(b).number();
                // Two that take turns on a processor are as near as any two can be.
                rows[a][b] = of == to ? host.latency(of, neighbour(of)) : host.latency(of, to);
            }
        }
        return named(GroupDiscovery.groups(LatencyMatrix.of(rows).withNoise(noise, random)));
    }

    private int neighbour(int cpu) {
        int first = cpu / profile.coresPerNode() * profile.coresPerNode();
        return cpu == first ? first + 1 : first;
    }

    /** Groups under the names that the guest has for them: largest agreement first, each name once. */
    private List<Integer> named(int[] found) {
        List<Integer> known = vm.groups();
        int names = vm.topology().nodes();
        int groups = 1 + Arrays.stream(found).max().orElse(0);
        int[][] common = new int[groups][names];
        for (int vcpu = 0; vcpu < found.length; vcpu++) {
            common[found[vcpu]][known.get(vcpu)]++;
        }
        int[] nameOf = new int[groups];
        Arrays.fill(nameOf, -1);
        boolean[] isTaken = new boolean[names];
        for (int round = 0; round < Math.min(groups, names); round++) {
            int bestGroup = -1;
            int bestName = -1;
            for (int group = 0; group < groups; group++) {
                for (int name = 0; name < names && nameOf[group] < 0; name++) {
                    boolean isBetter = bestGroup < 0 || common[group][name] > common[bestGroup][bestName];
                    if (!isTaken[name] && isBetter) {
                        bestGroup = group;
                        bestName = name;
                    }
                }
            }
            nameOf[bestGroup] = bestName;
            isTaken[bestName] = true;
        }
        List<Integer> named = new ArrayList<>();
        for (int vcpu = 0; vcpu < found.length; vcpu++) {
            int name = nameOf[found[vcpu]];
            named.add(name < 0 ? known.get(vcpu) : name);
        }
        return named;
    }

    /**
     * Puts vCPUs into the groups that they were found to be in.
     *
     * @return how many were in another
     */
    public int apply(List<Integer> found) {
        List<Integer> known = vm.groups();
        int moved = 0;
        for (int vcpu = 0; vcpu < found.size(); vcpu++) {
            moved += found.get(vcpu).equals(known.get(vcpu)) ? 0 : 1;
        }
        if (moved > 0) {
            vm.regroup(found);
        }
        return moved;
    }
}
