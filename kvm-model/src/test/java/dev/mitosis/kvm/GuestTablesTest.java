package dev.mitosis.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Topology;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.x86.Pte;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests that see the machine and guests that do not: where the tables of both come to be, and what moves them. */
class GuestTablesTest {
    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final int SOCKETS = 4;
    private static final long BYTES = 64L << 20;
    private static final int PAGES = (int) (BYTES >> 12);

    private final SimBoard board = new SimBoard(PROFILE, 1);
    private final FrameAllocator frames = new FrameAllocator(board.topology(), board.memory());
    private final ReplicatedPageTableOps ops =
            new ReplicatedPageTableOps(board.topology(), board.memory(), frames, KernelMeter.NONE);
    private final Kernel host =
            new Kernel(board, frames, ops, PageTableEvents.NONE, KernelSettings.DEFAULT.withThp(false));

    private VirtualMachine boot(VmSettings settings) {
        return new VirtualMachine(board, host, ops, settings);
    }

    /** A guest that cannot see the nodes, and whose groups of vCPUs are the sockets. */
    private VirtualMachine bootGrouped(GuestTableFrames how) {
        Topology topology = board.topology();
        List<Integer> groups = IntStream.range(0, topology.cpus())
                .map(topology::nodeOfCpu)
                .boxed()
                .toList();
        return boot(VmSettings.grouped(topology, groups, how, KernelSettings.DEFAULT.withThp(false)));
    }

    /** A task on processor 0 that has all of its memory in the guest, and nothing of it in the host yet. */
    private static Task mapped(VirtualMachine vm) {
        Task task = vm.kernel().spawn(0);
        vm.kernel().mmap(task, TestVm.VA, BYTES, TestVm.RW, TestVm.ANON);
        vm.kernel().populate(task, TestVm.VA, BYTES, true);
        return task;
    }

    /** One task a socket; each touches a quarter of the memory. */
    private Task populate(VirtualMachine vm) {
        Task first = vm.kernel().spawn(0);
        vm.kernel().mmap(first, TestVm.VA, BYTES, TestVm.RW, TestVm.ANON);
        for (int socket = 0; socket < SOCKETS; socket++) {
            int cpu = socket * PROFILE.coresPerSocket();
            Task task = socket == 0 ? first : vm.kernel().clone(first, cpu);
            long share = BYTES / SOCKETS;
            vm.kernel().populate(task, TestVm.VA + socket * share, share, true);
            vm.populate(task, TestVm.VA + socket * share, share);
        }
        return first;
    }

    @Test
    void aVisibleMachineKeepsBothLeavesTogether() {
        VirtualMachine vm = boot(VmSettings.visible(board.topology(), KernelSettings.DEFAULT.withThp(false)));
        LeafLocality seen = LeafLocality.of(vm, populate(vm).mm());
        for (int socket = 0; socket < SOCKETS; socket++) {
            assertEquals(PAGES / SOCKETS, seen.count(socket, LeafLocality.LOCAL_LOCAL));
            assertEquals(PAGES - PAGES / SOCKETS, seen.count(socket, LeafLocality.REMOTE_REMOTE));
        }
        assertEquals(25, seen.percent(LeafLocality.LOCAL_LOCAL), 0.01);
    }

    /** A third of the memory touched from anywhere before: of that, three of four pieces have their extended leaf elsewhere. */
    @Test
    void aWarmVisibleMachineHasSomeApart() {
        VirtualMachine vm = boot(VmSettings.visible(board.topology(), KernelSettings.DEFAULT.withThp(false)));
        vm.warmUp(PriorFirstTouch.shared(1.0 / 3), 7);
        Task task = populate(vm);
        LeafLocality seen = LeafLocality.of(vm, task.mm());
        assertEquals(25 * (1 - 1 / 3.0 * 3 / 4), seen.percent(LeafLocality.LOCAL_LOCAL), 3);
        assertEquals(25, seen.percent(LeafLocality.LOCAL_LOCAL) + seen.percent(LeafLocality.LOCAL_REMOTE), 0.01);
    }

    @Test
    void aWarmObliviousMachineHasThemAnywhere() {
        VirtualMachine vm = boot(VmSettings.oblivious(board.topology(), KernelSettings.DEFAULT.withThp(false)));
        vm.warmUp(PriorFirstTouch.loadedByOne(), 7);
        Task task = populate(vm);
        LeafLocality seen = LeafLocality.of(vm, task.mm());
        double localGuest = seen.percent(LeafLocality.LOCAL_LOCAL) + seen.percent(LeafLocality.LOCAL_REMOTE);
        assertEquals(25, localGuest, 0.01, "each leaf table is on one of four sockets");
        assertEquals(0, vm.hypercalls());
        int loader = Frames.nodeOf(vm.hostFrame(task.mm(), TestVm.VA));
        for (int page = 0; page < PAGES; page += 512) {
            long va = TestVm.VA + ((long) page << 12);
            long leaf = vm.ept().leafTable(0, Pte.pfn(vm.kernel().translate(task.mm(), va)));
            assertEquals(loader, Frames.nodeOf(vm.hostFrame(task.mm(), va)), "one vCPU touched all memory before");
            assertEquals(loader, Frames.nodeOf(leaf));
        }
    }

    /** A socket that is full has its extended tables elsewhere; one that was named has none. */
    @Test
    void extendedTablesOfAFullSocketGoToTheNext() {
        VirtualMachine vm = boot(VmSettings.visible(board.topology(), KernelSettings.DEFAULT.withThp(false)));
        Task task = mapped(vm);
        while (frames.takeTable(0) != Frames.NO_FRAME) {
            // Nothing else: until the socket has none left.
        }
        vm.ept().setTableNode(0);
        assertThrows(KernelException.class, () -> vm.populate(task, TestVm.VA, BYTES));
        vm.ept().setTableNode(EptManager.NOWHERE);
        vm.populate(task, TestVm.VA, BYTES);
        long leaf = vm.ept().leafTable(0, Pte.pfn(vm.kernel().translate(task.mm(), TestVm.VA)));
        assertEquals(1, Frames.nodeOf(leaf));
    }

    @ParameterizedTest
    @EnumSource(
            value = GuestTableFrames.class,
            names = {"HYPERCALL", "GROUP_TOUCHES"})
    void copiesOfAnObliviousGuestAreLocal(GuestTableFrames how) {
        VirtualMachine vm = bootGrouped(how);
        vm.warmUp(PriorFirstTouch.loadedByOne(), 7);
        Task task = populate(vm);
        vm.replicator().replicate(task.mm(), vm.topology().allNodes());
        vm.ept().replicate(board.topology().allNodes());
        LeafLocality seen = LeafLocality.of(vm, task.mm());
        for (int socket = 0; socket < SOCKETS; socket++) {
            assertEquals(PAGES, seen.count(socket, LeafLocality.LOCAL_LOCAL), "socket " + socket);
        }
        assertEquals(how == GuestTableFrames.HYPERCALL, vm.hypercalls() > 0);
    }

    /** What is set aside is there before data comes: a socket that is full by then has its copies all the same. */
    @ParameterizedTest
    @EnumSource(
            value = GuestTableFrames.class,
            names = {"HYPERCALL", "GROUP_TOUCHES"})
    void pageCachesAreFilledAtOnce(GuestTableFrames how) {
        VirtualMachine vm = bootGrouped(how);
        vm.reserveTables(48);
        long calls = vm.hypercalls();
        assertEquals(how == GuestTableFrames.HYPERCALL ? 48 * SOCKETS : 0, calls);
        FrameAllocator ofGuest = vm.kernel().context().frames();
        for (int socket = 0; socket < SOCKETS; socket++) {
            assertEquals(48, ofGuest.reservedTables(socket));
            for (int i = 0; i < 48; i++) {
                long host = vm.ept().hostFrame(ofGuest.takeTable(socket));
                assertEquals(socket, Frames.nodeOf(host), "table " + i);
            }
        }
        assertEquals(calls, vm.hypercalls(), "taking one asks nobody");
    }

    /** Groups that are wrong cost remote walks; moving a whole group is mended by steering it. */
    @Test
    void aWrongGroupWalksRemotely() {
        VirtualMachine vm = bootGrouped(GuestTableFrames.GROUP_TOUCHES);
        Task task = populate(vm);
        vm.replicator().replicate(task.mm(), vm.topology().allNodes());
        vm.ept().replicate(board.topology().allNodes());
        assertEquals(0, remoteGuestReads(vm));
        // The hypervisor lets vCPU 0 run on socket 1, where its group's copy is not.
        vm.moveVcpu(0, PROFILE.coresPerSocket() + 5);
        assertTrue(remoteGuestReads(vm) > 100, "the guest's copy is on socket 0");
        vm.replicator().steer(task.mm(), List.of(1, 1, 2, 3));
        assertEquals(0, remoteGuestReads(vm));
    }

    private long remoteGuestReads(VirtualMachine vm) {
        board.emptyCaches();
        var cpu = vm.cpuOf(0);
        cpu.invalidateEpt();
        Pmu before = cpu.pmu().copy();
        AccessBatch batch = new AccessBatch();
        for (int page = 0; page < batch.va.length; page++) {
            batch.add(TestVm.VA + ((long) page * 13 % PAGES << 12), false);
        }
        cpu.run(batch);
        Pmu seen = cpu.pmu().since(before);
        long remote = 0;
        for (int node = 0; node < SOCKETS; node++) {
            remote += node == cpu.node() ? 0 : seen.walkReads(1, Pmu.MEMORY + node);
        }
        return remote;
    }

    @Test
    void onlyViolationsAreCountedAsViolations() {
        VirtualMachine vm = boot(VmSettings.visible(board.topology(), KernelSettings.DEFAULT.withThp(false)));
        Task task = mapped(vm);
        long ofTables = vm.ept().violations();
        assertEquals(
                3 + PAGES / 512,
                ofTables,
                "one for each table of the guest: a root, one of level 3, one of level 2, leaf tables");
        vm.populate(task, TestVm.VA, BYTES);
        assertEquals(ofTables, vm.ept().violations(), "populating maps frames without one");
        assertTrue(vm.ept().violation(0, Pte.pfn(vm.kernel().translate(task.mm(), TestVm.VA)), true));
        assertEquals(ofTables + 1, vm.ept().violations());
    }

    /** Live migration: memory and processors of the machine go to socket 1; the extended table follows when it is settled. */
    @Test
    void theExtendedTableFollowsAMachineThatMoved() {
        VirtualMachine vm = boot(VmSettings.visible(board.topology(), KernelSettings.DEFAULT.withThp(false)));
        Task task = mapped(vm);
        vm.populate(task, TestVm.VA, BYTES);
        assertEquals(0, vm.ept().migrateMisplaced(), "all tables are where their children are");
        for (int page = 0; page < PAGES; page++) {
            long frame = Pte.pfn(vm.kernel().translate(task.mm(), TestVm.VA + ((long) page << 12)));
            vm.moveHostPage(frame, 1);
            assertTrue(vm.ept().violation(0, frame, true));
        }
        assertTrue(vm.ept().migrateMisplaced() > PAGES / 512 - 1, "leaf tables follow their pages");
        assertEquals(0, vm.ept().migrateMisplaced(), "once is enough");
        long va = TestVm.VA + 5 * 4096;
        long frame = vm.hostFrame(task.mm(), va);
        assertEquals(1, Frames.nodeOf(frame));
        assertEquals(1, Frames.nodeOf(vm.ept().leafTable(0, Pte.pfn(vm.kernel().translate(task.mm(), va)))));
    }

    /** A thin machine moves as a whole: vCPUs and memory, the guest's tables in it; the extended table when it is settled. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLiveMigrationTakesMemoryAndVcpusAlong(boolean hostThp) {
        Kernel other = new Kernel(board, frames, ops, PageTableEvents.NONE, KernelSettings.DEFAULT.withThp(hostThp));
        VirtualMachine vm = new VirtualMachine(
                board, other, ops, VmSettings.thin(board.topology(), 0, KernelSettings.DEFAULT.withThp(false)));
        Task task = mapped(vm);
        vm.populate(task, TestVm.VA, BYTES);
        int perSocket = PROFILE.coresPerSocket();
        vm.migrate(2, IntStream.range(2 * perSocket, 3 * perSocket).boxed().toList());
        assertEquals(2, vm.cpuOf(5).node());
        LeafLocality seen = LeafLocality.of(vm, task.mm());
        assertEquals(
                PAGES, seen.count(2, LeafLocality.LOCAL_REMOTE), "the guest's tables moved, the extended one did not");
        assertTrue(vm.ept().migrateMisplaced() > 0);
        seen = LeafLocality.of(vm, task.mm());
        assertEquals(PAGES, seen.count(2, LeafLocality.LOCAL_LOCAL));
        long violations = vm.cpuOf(0).pmu().eptViolations;
        assertEquals(0, remoteGuestReads(vm));
        assertEquals(violations, vm.cpuOf(0).pmu().eptViolations, "nothing was left to be mapped");
        for (int page = 0; page < PAGES; page++) {
            assertEquals(2, Frames.nodeOf(vm.hostFrame(task.mm(), TestVm.VA + ((long) page << 12))));
        }
    }
}
