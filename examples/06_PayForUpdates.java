import static dev.mitosis.kernel.syscall.Abi.MAP_ANONYMOUS;
import static dev.mitosis.kernel.syscall.Abi.MAP_PRIVATE;
import static dev.mitosis.kernel.syscall.Abi.PROT_READ;
import static dev.mitosis.kernel.syscall.Abi.PROT_WRITE;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.PolicyRegistry;

/** The price of replicas: mprotect has to change every entry on every node. */
class PayForUpdates {
    public static void main(String[] args) {
        for (String name : new String[] {"first-touch", "mitosis", "mitosis-batched"}) {
            Machine machine = new Machine(
                    MachineProfile.load("4s-haswell-ex"), KernelSettings.DEFAULT, PolicyRegistry.find(name), 1);
            Kernel kernel = machine.kernel();
            Task task = kernel.spawn(0);
            long bytes = 8L << 20;
            long va = kernel.mmap(task, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
            kernel.populate(task, va, bytes, true);

            long before = machine.board().cpu(0).pmu().kernelCycles;
            kernel.mprotect(task, va, bytes, PROT_READ);
            long cycles = machine.board().cpu(0).pmu().kernelCycles - before;
            System.out.printf("%-16s %,d cycles for a page%n", name, cycles / (bytes >> 12));
        }
    }
}

/* Prints:
first-touch      58 cycles for a page
mitosis          219 cycles for a page
mitosis-batched  115 cycles for a page
*/
