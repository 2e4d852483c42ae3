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
import java.util.Arrays;

/** Replicas on all nodes, made on a live tree: every socket then finds its leaf entries at home, and memory pays for it. */
class Replicate {
    public static void main(String[] args) {
        Machine machine =
                new Machine(MachineProfile.load("4s-haswell-ex"), KernelSettings.DEFAULT, new FirstTouch(), 1);
        Kernel kernel = machine.kernel();
        Task task = kernel.spawn(0);
        long bytes = 1L << 30;
        long va = kernel.mmap(task, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
        kernel.populate(task, va, bytes, true);
        print("one tree", machine, task);

        machine.replicator().replicate(task.mm(), machine.board().topology().allNodes());
        print("a replica on each node", machine, task);

        machine.replicator().collapse(task.mm());
        print("one tree again", machine, task);
    }

    private static void print(String when, Machine machine, Task task) {
        int[] remote = new int[machine.board().topology().nodes()];
        for (int node = 0; node < remote.length; node++) {
            remote[node] = (int) machine.kernel().census(task.mm(), node).remoteLeafPercent();
        }
        System.out.printf(
                "%s: remote leaf entries %s %%, tables %,d KiB%n",
                when,
                Arrays.toString(remote),
                Arrays.stream(machine.pageTableBytes()).sum() >> 10);
    }
}

/* Prints:
one tree: remote leaf entries [0, 100, 100, 100] %, tables 2,068 KiB
a replica on each node: remote leaf entries [0, 0, 0, 0] %, tables 8,272 KiB
one tree again: remote leaf entries [0, 100, 100, 100] %, tables 2,068 KiB
*/
