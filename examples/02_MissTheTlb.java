import static dev.mitosis.kernel.syscall.Abi.MAP_ANONYMOUS;
import static dev.mitosis.kernel.syscall.Abi.MAP_PRIVATE;
import static dev.mitosis.kernel.syscall.Abi.PROT_READ;
import static dev.mitosis.kernel.syscall.Abi.PROT_WRITE;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;

/** A processor counts as hardware does: touch more pages than the TLBs hold, and every access walks. */
class MissTheTlb {
    public static void main(String[] args) {
        for (int pages : new int[] {32, 512, 65_536}) {
            Machine machine =
                    new Machine(MachineProfile.load("4s-haswell-ex"), KernelSettings.DEFAULT, new FirstTouch(), 1);
            Kernel kernel = machine.kernel();
            Task task = kernel.spawn(0);
            long bytes = (long) pages << 12;
            long va = kernel.mmap(task, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
            kernel.populate(task, va, bytes, true);
            touch(machine, va, pages); // warms up
            Pmu before = machine.board().cpu(0).pmu().copy();
            touch(machine, va, pages);
            Pmu seen = machine.board().cpu(0).pmu().since(before);
            System.out.printf(
                    "%,d pages: %,d accesses, %,d first-level misses, %,d walks%n",
                    pages, seen.accesses, seen.l1TlbMisses, seen.walks);
        }
    }

    private static void touch(Machine machine, long va, int pages) {
        AccessBatch batch = new AccessBatch();
        for (int page = 0; page < pages; page++) {
            batch.add(va + ((long) page << 12), false);
            if (batch.isFull() || page == pages - 1) {
                machine.board().cpu(0).run(batch);
                batch.clear();
            }
        }
    }
}

/* Prints:
32 pages: 32 accesses, 0 first-level misses, 0 walks
512 pages: 512 accesses, 512 first-level misses, 0 walks
65,536 pages: 65,536 accesses, 65,536 first-level misses, 65,536 walks
*/
