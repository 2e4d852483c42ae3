import static dev.mitosis.kernel.syscall.Abi.MAP_ANONYMOUS;
import static dev.mitosis.kernel.syscall.Abi.MAP_PRIVATE;
import static dev.mitosis.kernel.syscall.Abi.PROT_READ;
import static dev.mitosis.kernel.syscall.Abi.PROT_WRITE;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.replication.policy.Migrate;
import dev.mitosis.replication.policy.PlacementPolicy;
import java.util.Arrays;

/** Data moves to another node. Linux leaves the page table behind; the policy "migrate" takes it along. */
class MoveTheTables {
    public static void main(String[] args) {
        for (PlacementPolicy policy : new PlacementPolicy[] {new FirstTouch(), new Migrate()}) {
            Machine machine = new Machine(MachineProfile.load("4s-haswell-ex"), KernelSettings.DEFAULT, policy, 1);
            Kernel kernel = machine.kernel();
            Task task = kernel.spawn(0);
            long bytes = 256L << 20;
            long va = kernel.mmap(task, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
            kernel.populate(task, va, bytes, true);

            long pages = kernel.migrateData(task.mm(), 2);
            System.out.printf(
                    "%s: %,d pages moved; MiB of data on each node %s, KiB of tables %s%n",
                    policy.name(),
                    pages,
                    Arrays.toString(Arrays.stream(machine.dataBytes())
                            .map(on -> on >> 20)
                            .toArray()),
                    Arrays.toString(Arrays.stream(machine.pageTableBytes())
                            .map(on -> on >> 10)
                            .toArray()));
        }
    }
}

/* Prints:
first-touch: 65,536 pages moved; MiB of data on each node [0, 0, 256, 0], KiB of tables [528, 0, 0, 0]
migrate: 65,536 pages moved; MiB of data on each node [0, 0, 256, 0], KiB of tables [0, 0, 528, 0]
*/
