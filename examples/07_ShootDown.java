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

/** Unmapping memory that other processors may have in their TLBs takes an interrupt to each of them. */
class ShootDown {
    public static void main(String[] args) {
        for (int threads : new int[] {1, 2, 8, 32}) {
            Machine machine =
                    new Machine(MachineProfile.load("4s-haswell-ex"), KernelSettings.DEFAULT, new FirstTouch(), 1);
            Kernel kernel = machine.kernel();
            Task first = kernel.spawn(0);
            for (int cpu = 1; cpu < threads; cpu++) {
                kernel.clone(first, cpu);
            }
            long bytes = 64 << 12;
            long va = kernel.mmap(first, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
            kernel.populate(first, va, bytes, true);

            kernel.munmap(first, va, bytes);
            System.out.printf(
                    "%2d threads: %d interrupts%n",
                    threads, machine.board().cpu(0).pmu().shootdownIpis);
        }
    }
}

/* Prints:
 1 threads: 0 interrupts
 2 threads: 1 interrupts
 8 threads: 7 interrupts
32 threads: 31 interrupts
*/
