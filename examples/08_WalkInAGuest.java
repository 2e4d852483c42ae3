import static dev.mitosis.kernel.syscall.Abi.MAP_ANONYMOUS;
import static dev.mitosis.kernel.syscall.Abi.MAP_PRIVATE;
import static dev.mitosis.kernel.syscall.Abi.PROT_READ;
import static dev.mitosis.kernel.syscall.Abi.PROT_WRITE;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kvm.NestedWalk;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import java.util.Arrays;

/** A guest is a second kernel on guest-physical memory: its walks read two trees, and both have a place. */
class WalkInAGuest {
    public static void main(String[] args) {
        NestedWalk walk = NestedWalk.ofBasePages(4, 4);
        System.out.printf(
                "a walk reads %d entries: %d of the guest's tables, %d of extended ones%n",
                walk.references(), walk.guestReferences(), walk.hostReferences());

        Machine machine =
                Machine.inGuest(MachineProfile.load("4s-cascade-lake"), KernelSettings.DEFAULT, new FirstTouch(), 1);
        Kernel guest = machine.kernel();
        Task task = guest.spawn(0);
        long bytes = 64L << 20;
        long va = guest.mmap(task, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
        guest.populate(task, va, bytes, true);
        machine.guest().orElseThrow().populate(task, va, bytes);
        System.out.println("KiB of both trees on each node: "
                + Arrays.toString(Arrays.stream(machine.pageTableBytes())
                        .map(on -> on >> 10)
                        .toArray()));
    }
}

/* Prints:
a walk reads 24 entries: 4 of the guest's tables, 20 of extended ones
KiB of both trees on each node: [440, 0, 0, 0]
*/
