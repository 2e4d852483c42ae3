package dev.mitosis.bench;

import dev.mitosis.halsim.AccessBatch;
import dev.mitosis.halsim.Cpu;
import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.kvm.VmSettings;
import dev.mitosis.lab.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.syscall.Abi;
import dev.mitosis.replication.policy.FirstTouch;
import java.util.Arrays;
import java.util.Locale;

/**
 * How fast accesses of a guest are simulated, through both of its trees, beside the same accesses of a program without a guest: the full
 * model, in turn, on one thread.
 */
final class NestedSpeed {
    private static final int ROUNDS = 7;
    private static final int WARM_ROUNDS = 2;
    private static final int BATCHES = 2048;

    private NestedSpeed() {}

    static void print(int hitPercent) {
        TranslationMachine alone = new TranslationMachine(true);
        Cpu inGuest = guest();
        double[] native1 = new double[ROUNDS];
        double[] nested = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        AccessBatch[] batches = new AccessBatch[BATCHES];
        for (int i = 0; i < BATCHES; i++) {
            batches[i] = new AccessBatch();
            TranslationMachine.fill(batches[i], (long) i * AccessBatch.DEFAULT_CAPACITY, hitPercent, true);
        }
        for (int round = -WARM_ROUNDS; round < ROUNDS; round++) {
            double one = pace(alone.board.cpu(0), batches);
            double two = pace(inGuest, batches);
            if (round >= 0) {
                native1[round] = one;
                nested[round] = two;
                ratio[round] = two / one;
            }
        }
        System.out.println(String.format(
                Locale.ROOT,
                "in a guest, %-25s %5.1f, without one %5.1f: %.2fx",
                (hitPercent == 0 ? "every access walks" : hitPercent + " % hit the first TLB") + ":",
                median(nested),
                median(native1),
                median(ratio)));
    }

    /** A vCPU whose guest has the region of {@link TranslationMachine} mapped, as the host has what is below. */
    private static Cpu guest() {
        MachineProfile profile = MachineProfile.load("4s-cascade-lake");
        KernelSettings settings = KernelSettings.DEFAULT.withThp(false);
        Machine host = new Machine(profile, settings, new FirstTouch(), 1);
        VirtualMachine vm = host.boot(VmSettings.visible(host.board().topology(), settings));
        Task task = vm.kernel().spawn(0);
        long bytes = TranslationMachine.REGION_PAGES << 12;
        vm.kernel()
                .mmap(
                        task,
                        TranslationMachine.REGION_VA,
                        bytes,
                        Abi.PROT_READ | Abi.PROT_WRITE,
                        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED);
        vm.kernel().populate(task, TranslationMachine.REGION_VA, bytes, true);
        vm.populate(task, TranslationMachine.REGION_VA, bytes);
        return vm.cpuOf(0);
    }

    private static double pace(Cpu cpu, AccessBatch[] batches) {
        long started = ProcessorTime.nanos();
        for (AccessBatch batch : batches) {
            cpu.run(batch);
        }
        return (double) BATCHES * AccessBatch.DEFAULT_CAPACITY / (ProcessorTime.nanos() - started) * 1e3;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
