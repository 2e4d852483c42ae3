package dev.mitosis.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Topology;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.sched.CpuSet;
import dev.mitosis.kernel.sched.Scheduler;
import dev.mitosis.kernel.sched.SchedulerSettings;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** vCPUs that a scheduler of the host moves: what follows them by itself, and what must be found out again. */
class FloatingVcpusTest {
    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final int SOCKETS = 4;
    /** Six a socket: two fast pairs might be chance. */
    private static final int VCPUS = 24;

    private static final int PER_SOCKET = VCPUS / SOCKETS;
    private static final int PAGES = 4096;
    private static final KernelSettings SMALL_PAGES = KernelSettings.DEFAULT.withThp(false);

    private final SimBoard board = new SimBoard(PROFILE, 1);
    private final FrameAllocator frames = new FrameAllocator(board.topology(), board.memory());
    private final ReplicatedPageTableOps ops =
            new ReplicatedPageTableOps(board.topology(), board.memory(), frames, KernelMeter.NONE);
    private final Kernel host = new Kernel(board, frames, ops, PageTableEvents.NONE, SMALL_PAGES);
    private final VirtualMachine vm = boot();
    private final VcpuGroups groups = new VcpuGroups(vm, PROFILE);
    private final List<Task> tasks = new ArrayList<>();

    /** A guest of one node that has found its groups; its tables have copies, and so has the extended one. */
    private VirtualMachine boot() {
        List<Integer> groupOfCpu = IntStream.range(0, board.topology().cpus())
                .map(board.topology()::nodeOfCpu)
                .boxed()
                .toList();
        VmSettings all = VmSettings.grouped(board.topology(), groupOfCpu, GuestTableFrames.GROUP_TOUCHES, SMALL_PAGES);
        Topology of = all.topology();
        int[] groupOfVcpu =
                IntStream.range(0, VCPUS).map(vcpu -> vcpu / PER_SOCKET).toArray();
        long[] memory = IntStream.range(0, SOCKETS).mapToLong(of::framesOfNode).toArray();
        int[][] distance = new int[SOCKETS][SOCKETS];
        for (int from = 0; from < SOCKETS; from++) {
            for (int to = 0; to < SOCKETS; to++) {
                distance[from][to] = of.distance(from, to);
            }
        }
        List<Integer> cpus = IntStream.range(0, VCPUS)
                .map(vcpu -> cpu(vcpu / PER_SOCKET, vcpu % PER_SOCKET))
                .boxed()
                .toList();
        return new VirtualMachine(
                board,
                host,
                ops,
                new VmSettings(
                        new Topology(groupOfVcpu, memory, distance),
                        cpus,
                        List.of(),
                        4,
                        true,
                        GuestTableFrames.GROUP_TOUCHES,
                        false,
                        SMALL_PAGES));
    }

    private static int cpu(int socket, int core) {
        return socket * PROFILE.coresPerSocket() + core;
    }

    private Task populate() {
        Task first = vm.kernel().spawn(0);
        tasks.add(first);
        for (int vcpu = 1; vcpu < VCPUS; vcpu++) {
            tasks.add(vm.kernel().clone(first, vcpu));
        }
        vm.kernel().mmap(first, TestVm.VA, (long) PAGES << 12, TestVm.RW, TestVm.ANON);
        vm.kernel().populate(first, TestVm.VA, (long) PAGES << 12, true);
        vm.populate(first, TestVm.VA, (long) PAGES << 12);
        vm.replicator().replicate(first.mm(), vm.topology().allNodes());
        vm.ept().replicate(board.topology().allNodes());
        return first;
    }

    /** Leaf reads of a vCPU that other sockets' memory answers: guest's and extended. */
    private long[] remoteReads(int vcpu) {
        board.emptyCaches();
        var cpu = vm.cpuOf(vcpu);
        cpu.invalidateEpt();
        Pmu before = cpu.pmu().copy();
        AccessBatch batch = new AccessBatch();
        for (int page = 0; page < batch.va.length; page++) {
            batch.add(TestVm.VA + ((long) page * 13 % PAGES << 12), false);
        }
        cpu.run(batch);
        Pmu seen = cpu.pmu().since(before);
        assertEquals(0, seen.unexplained);
        long[] remote = new long[2];
        for (int node = 0; node < SOCKETS; node++) {
            if (node != cpu.node()) {
                remote[0] += seen.walkReads(1, Pmu.MEMORY + node);
                remote[1] += seen.eptReads(1, Pmu.MEMORY + node);
            }
        }
        return remote;
    }

    private long allRemoteReads() {
        long sum = 0;
        for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
            sum += remoteReads(vcpu)[0];
        }
        return sum;
    }

    /** Neighbours fill the processors of socket 0: the scheduler lets vCPUs go where there is less to do. */
    private List<Integer> flee() {
        Scheduler scheduler = new Scheduler(host, SchedulerSettings.LINUX.withNumaBalancing(false));
        vm.floatOn(scheduler, CpuSet.all(board.topology()));
        for (int core = 0; core < PROFILE.coresPerSocket(); core++) {
            for (int i = 0; i < 2; i++) {
                scheduler.start(host.spawn(cpu(0, core)), CpuSet.of(cpu(0, core)));
            }
        }
        for (int tick = 0; tick < 40; tick++) {
            scheduler.tick();
        }
        return IntStream.range(0, VCPUS)
                .map(vcpu -> vm.cpuOf(vcpu).number())
                .boxed()
                .toList();
    }

    @Test
    void theExtendedTableOfTheNewSocketIsUsedAtOnceAndTheGuestsIsNot() {
        populate();
        assertEquals(0, allRemoteReads());
        flee();
        boolean hasMoved = false;
        for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
            int socket = vm.cpuOf(vcpu).node();
            boolean isAway = socket != vcpu / PER_SOCKET;
            long[] remote = remoteReads(vcpu);
            assertEquals(0, remote[1], "extended tables of vCPU " + vcpu + " on socket " + socket);
            assertEquals(isAway, remote[0] > 100, "guest tables of vCPU " + vcpu + " on socket " + socket);
            hasMoved |= isAway;
        }
        assertTrue(hasMoved, "the scheduler moved no vCPU");
    }

    @Test
    void whereVcpusGoIsTheSameEachTime() {
        FloatingVcpusTest other = new FloatingVcpusTest();
        assertEquals(flee(), other.flee());
    }

    @Test
    void aGuestThatAsksFindsItsGroupsAgain() {
        populate();
        flee();
        long calls = vm.hypercalls();
        assertTrue(groups.apply(groups.asked()) > 0);
        assertEquals(VCPUS, vm.hypercalls() - calls, "one for each vCPU");
        assertEquals(0, allRemoteReads());
        assertEquals(0, groups.apply(groups.asked()), "once is enough");
    }

    @Test
    void aGuestThatMeasuresFindsItsGroupsAgain() {
        populate();
        // Two of socket 0 and two of socket 1 change places.
        for (int i = 0; i < 2; i++) {
            vm.moveVcpu(i, cpu(1, 10 + i));
            vm.moveVcpu(PER_SOCKET + i, cpu(0, 10 + i));
        }
        assertTrue(allRemoteReads() > 100);
        assertEquals(4, groups.apply(groups.measured(0.1, new SplittableRandom(1))));
        assertEquals(0, allRemoteReads());
    }

    /** Members of a group that moves as a whole still share a socket: latencies do not say that it is another. */
    @Test
    void onlyAGuestThatAsksSeesThatAWholeGroupHasMoved() {
        populate();
        for (int i = 0; i < PER_SOCKET; i++) {
            vm.moveVcpu(i, cpu(1, 10 + i));
            vm.moveVcpu(PER_SOCKET + i, cpu(0, 10 + i));
        }
        assertEquals(0, groups.apply(groups.measured(0.1, new SplittableRandom(1))));
        assertTrue(allRemoteReads() > 100);
        assertEquals(2 * PER_SOCKET, groups.apply(groups.asked()));
        assertEquals(0, allRemoteReads());
    }

    @Test
    void aVcpuThatWaitsFindsWhatItKnewOnlyIfNoOtherRanMeanwhile() {
        Task first = populate();
        remoteReads(0);
        long va = TestVm.VA;
        Task neighbour = host.spawn(cpu(2, 20));
        host.migrate(neighbour, cpu(0, 0));
        assertFalse(vm.isRunning(0));
        vm.moveVcpu(0, cpu(0, 0));
        assertTrue(vm.isRunning(0));
        assertEquals(vm.hostFrame(first.mm(), va), vm.cpuOf(0).cachedFrame(va), "a neighbour is no vCPU");
        vm.moveVcpu(1, cpu(0, 0));
        assertFalse(vm.isRunning(0));
        vm.moveVcpu(0, cpu(0, 0));
        assertFalse(vm.isRunning(1));
        assertEquals(-1, vm.cpuOf(0).cachedFrame(va), "vCPU 1 ran there");
        assertEquals(0, Frames.nodeOf(vm.ept().rootFor(0)));
    }
}
