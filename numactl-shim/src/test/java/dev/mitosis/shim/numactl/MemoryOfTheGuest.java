package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.halnative.board.BoundMemory;
import dev.mitosis.halnative.board.HostBoard;
import dev.mitosis.halnative.board.NodeMemory;
import dev.mitosis.halnative.calibrate.Calibration;
import dev.mitosis.halnative.calibrate.Calibrator;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.WalkTimer;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.testing.HalContract;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The board on the machine of four nodes that {@link FourNodeMachineTest} boots: tables must really be where they are said to be. */
class MemoryOfTheGuest extends HalContract {
    private final LinuxCalls calls = new LibcCalls();
    private final NodeMemory memory = new NodeMemory(calls, new int[] {0, 1, 3}, 4);

    @Override
    protected PhysicalMemory memory() {
        return memory;
    }

    @Override
    protected boolean isConcurrent() {
        return true;
    }

    @AfterEach
    void giveBack() {
        memory.close();
    }

    private int nodeOfPage(long va) {
        int[] status = new int[1];
        assertEquals(0, calls.movePages(0, new long[] {va}, null, status, 0));
        return status[0];
    }

    @Test
    void tablesAreOnTheirNodes() throws IOException {
        int[] hostNodes = {0, 1, 3};
        for (int node = 0; node < hostNodes.length; node++) {
            long table = Frames.pfnOfTableSlot(node << Frames.TABLE_ZONE_SHIFT | 5);
            memory.write(table, 7, 1);
            assertEquals(hostNodes[node], nodeOfPage(memory.va(table)));
        }
        // A node without memory gives none.
        assertThrows(IOException.class, () -> BoundMemory.map(calls, 1 << 20, 2, BoundMemory.Pages.BASE));
    }

    @Test
    void copiesOfATreeAreOnTheNodesOfTheirReaders() {
        HostTopology host = new SysfsReader(FolderFiles.host()).read();
        try (HostBoard board = new HostBoard(host, calls)) {
            FrameAllocator frames = new FrameAllocator(board.topology(), board.memory());
            ReplicatedPageTableOps ops =
                    new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
            Kernel kernel = new Kernel(board, frames, ops, PageTableEvents.NONE, KernelSettings.DEFAULT.withThp(false));
            Task task = kernel.spawn(0);
            new Replicator(kernel, ops).replicate(task.mm(), 0b1011);
            long va =
                    kernel.mmap(task, 0, 4 << 12, Abi.PROT_READ | Abi.PROT_WRITE, Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS);
            assertTrue(board.access(0, va, true) != HostBoard.SIGNAL);
            for (int node : new int[] {0, 1, 3}) {
                long table = ops.rootFor(task.mm().pageTable(), node);
                for (int level = task.mm().pageTable().levels(); level > 0; level--) {
                    assertEquals(node, nodeOfPage(board.memory().va(table)), "level " + level);
                    table = Pte.pfn(board.memory().read(table, PagingLevel.index(va, level)));
                }
            }
        }
    }

    /** It runs; emulation has no times of NUMA. In a build it has less time than in the campaign, which runs more command lines, too. */
    @Test
    void aShortCalibrationKnowsWhichPairsThereAre() throws Exception {
        HostTopology host = new SysfsReader(FolderFiles.host()).read();
        long budgetNanos = Integer.getInteger("mitosis.guest.lines", 0) > 10 ? 8_000_000_000L : 2_000_000_000L;
        Calibration measured = new Calibrator(
                        host, calls, FolderFiles.host(), budgetNanos, 1, new WalkTimer(), (doing, done, all) -> {})
                .run();
        assertTrue(measured.idleNanos().get(0, 0).isPresent());
        for (int node = 0; node < 4; node++) {
            assertTrue(measured.idleNanos().get(3, node).isEmpty(), "node 3 has no processor");
            assertTrue(measured.idleNanos().get(node, 2).isEmpty(), "node 2 has no memory");
        }
        boolean isCut = measured.notes().stream().anyMatch(note -> note.startsWith("the time did not suffice"));
        assertTrue(
                isCut || measured.idleNanos().get(2, 3).isPresent(),
                measured.notes().toString());
    }
}
