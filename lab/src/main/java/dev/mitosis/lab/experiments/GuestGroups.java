package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kvm.VcpuGroups;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.lab.model.NodeReads;
import dev.mitosis.lab.model.QueueingModel;
import dev.mitosis.lab.run.GuestView;
import dev.mitosis.lab.run.WideGuestRun;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * What a wrong group costs a guest that cannot see the nodes, and what looking again brings back: the hypervisor moves vCPUs to other sockets,
 * whose copies of the guest's tables they go on not to use.
 *
 * <pre>
 *   right      each vCPU uses the copy on its socket                      100 %
 *   some       every fourth vCPU of a socket has changed places with one of the next socket
 *   all        every vCPU is on the next socket: who shares one has not changed, and only the hypervisor can tell
 *   checked    groups are found again, by latencies (NO-F) or by asking (NO-P)
 * </pre>
 *
 * <p>Nothing is fitted, and nothing is published to compare with.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.4.
 */
final class GuestGroups implements Experiment {
    private static final long ACCESSES = 6_000_000;
    private static final long QUICK_ACCESSES = 2_000_000;
    private static final long WARM_UP_ACCESSES = 6_000_000;
    private static final double LATENCY_NOISE = 0.1;

    @Override
    public String id() {
        return "vm-groups";
    }

    @Override
    public String description() {
        return "vCPUs that the hypervisor has moved: what wrong groups cost, and looking again (vMitosis section 3.4)";
    }

    @Override
    public boolean hasBars() {
        return false;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) {
        settings.refuseReference(id());
        List<GuestView> views = List.of(GuestView.FULLY_VIRTUAL, GuestView.PARAVIRTUAL);
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (int part = 0; part < views.size(); part++) {
            listener.part(part, views.size(), name(views.get(part)));
            Scenario scenario = new Scenario(views.get(part), settings);
            scenario.play();
            rows.addAll(scenario.rows);
            notes.addAll(scenario.notes);
        }
        return new Figure(id(), "Wrong groups of vCPUs", "percent of the throughput with right groups", rows, notes);
    }

    private static String name(GuestView view) {
        return view == GuestView.PARAVIRTUAL ? "NO-P" : "NO-F";
    }

    /** One guest, and what happens to its vCPUs. */
    private static final class Scenario {
        private final GuestView view;
        private final ExperimentSettings settings;
        private final MachineProfile profile = MachineProfile.load("4s-cascade-lake");
        private final Workload workload = Simulations.find("gups");
        private final WideGuestRun run;
        private final List<Row> rows = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private double right;

        Scenario(GuestView view, ExperimentSettings settings) {
            this.view = view;
            this.settings = settings;
            run = new WideGuestRun(profile, workload, view, false, false, true, settings.seed());
        }

        void play() {
            double one = cycles();
            run.replicate();
            right = cycles();
            add("one copy of each tree", one);
            add("copies, right groups", right);
            int cores = profile.coresPerNode();
            for (int vcpu = 0; vcpu < cores; vcpu += 4) {
                swap(vcpu, vcpu + cores);
            }
            add("every fourth vCPU of two sockets moved", cycles());
            check("and groups checked");
            rotate();
            add("all vCPUs moved to the next socket", cycles());
            check("and groups checked again");
        }

        /** Two vCPUs change places. */
        private void swap(int one, int other) {
            VirtualMachine vm = run.vm();
            int from = vm.cpuOf(one).number();
            int to = vm.cpuOf(other).number();
            vm.moveVcpu(one, to);
            vm.moveVcpu(other, from);
        }

        private void rotate() {
            VirtualMachine vm = run.vm();
            int vcpus = vm.topology().cpus();
            List<Integer> to = new ArrayList<>();
            for (int vcpu = 0; vcpu < vcpus; vcpu++) {
                to.add((vm.cpuOf(vcpu).number() + profile.coresPerNode()) % vcpus);
            }
            for (int vcpu = 0; vcpu < vcpus; vcpu++) {
                vm.moveVcpu(vcpu, to.get(vcpu));
            }
        }

        private void check(String what) {
            VcpuGroups groups = new VcpuGroups(run.vm(), profile);
            List<Integer> found = view == GuestView.PARAVIRTUAL
                    ? groups.asked()
                    : groups.measured(LATENCY_NOISE, new SplittableRandom(settings.seed()));
            int moved = groups.apply(found);
            notes.add(String.format(
                    Locale.ROOT,
                    "%s, %s: %d of %d vCPUs were in another group.",
                    name(view),
                    what,
                    moved,
                    found.size()));
            add(what, cycles());
        }

        private void add(String what, double cycles) {
            rows.add(Row.alone(name(view), what, 100 * right / cycles));
        }

        private double cycles() {
            long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
            NodeReads reads = NodeReads.of(run.run(accesses, WARM_UP_ACCESSES));
            QueueingModel model = QueueingModel.of(profile, run.traits(), 1);
            return model.withCompute(model.instructionCycles(reads))
                    .predict(reads)
                    .runtime();
        }
    }
}
