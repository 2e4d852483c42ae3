import static dev.mitosis.kernel.syscall.Abi.MAP_ANONYMOUS;
import static dev.mitosis.kernel.syscall.Abi.MAP_PRIVATE;
import static dev.mitosis.kernel.syscall.Abi.PROT_READ;
import static dev.mitosis.kernel.syscall.Abi.PROT_WRITE;

import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/** A page table is real words in simulated memory: map one page, and read its four entries as the hardware would. */
class WalkAPageTable {
    public static void main(String[] args) {
        Machine machine =
                new Machine(MachineProfile.load("4s-haswell-ex"), KernelSettings.DEFAULT, new FirstTouch(), 1);
        Kernel kernel = machine.kernel();
        Task task = kernel.spawn(0);
        long va = kernel.mmap(task, 0x1234_5000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
        kernel.populate(task, va, 4096, true);

        SimBoard board = machine.board();
        long table = task.mm().pageTable().root();
        for (int level = 4; level >= 1; level--) {
            int index = PagingLevel.index(va, level);
            long entry = board.memory().read(table, index);
            System.out.printf(
                    "level %d: index %d, present %b, writable %b%n",
                    level, index, Pte.isPresent(entry), (entry & Pte.WRITE) != 0);
            table = Pte.pfn(entry);
        }
        System.out.println("the kernel says the same frame: " + (Pte.pfn(kernel.translate(task.mm(), va)) == table));
    }
}

/* Prints:
level 4: index 0, present true, writable true
level 3: index 0, present true, writable true
level 2: index 145, present true, writable true
level 1: index 325, present true, writable true
the kernel says the same frame: true
*/
