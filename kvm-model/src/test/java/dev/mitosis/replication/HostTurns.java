package dev.mitosis.replication;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.mm.Task;
import java.util.Random;

/**
 * What a host does to a virtual machine while its guest runs: it copies and moves the extended table, or the shadow ones; moves vCPUs, and
 * pages, one or all; and lets its own memory management loose on the process that is the machine. Nothing of it may be seen in
 * the guest.
 */
final class HostTurns {
    private static final int KINDS = 16;
    private static final int REST = 3;
    private static final long ADVISED_BYTES = 128L << 12;

    private final VirtualMachine vm;
    private final Kernel host;
    private final Random random;

    HostTurns(VirtualMachine vm, Kernel host, Random random) {
        this.vm = vm;
        this.host = host;
        this.random = random;
    }

    /** Something, or nothing. */
    void next() {
        int kind = random.nextInt(KINDS + REST);
        int node = random.nextInt(host.context().topology().nodes());
        long mask = 1L + random.nextInt((1 << host.context().topology().nodes()) - 1);
        Task process = vm.process();
        switch (kind) {
            case 0 ->
                vm.shadow().ifPresentOrElse(shadow -> shadow.replicate(mask), () -> vm.ept()
                        .replicate(mask));
            case 1 ->
                vm.shadow().ifPresentOrElse(shadow -> shadow.move(node), () -> vm.ept()
                        .move(node));
            case 2 -> vm.ept().collapse();
            case 3 -> vm.ept().migrateMisplaced();
            case 4, 5, 6 -> vm.moveVcpu(random.nextInt(vm.topology().cpus()), randomCpu(node));
            case 7 -> host.daemons().numaScan(process, 1L << 22);
            case 8 -> host.daemons().collapseHugePages(process);
            case 9 -> host.daemons().reclaim(process.cpu(), node, 64);
            case 10 -> host.migrateData(process.mm(), node);
            case 11 -> onePage(node);
            case 12 -> host.exit(host.fork(process, process.cpu()));
            case 13 -> advise(Abi.MADV_PAGEOUT);
            case 14 -> advise(Abi.MADV_MERGEABLE);
            case 15 -> host.daemons().ksm().scan(process.cpu());
            default -> {}
        }
    }

    private void onePage(int node) {
        vm.moveHostPage(Frames.pfn(0, Frames.TABLE_ZONE_FRAMES + random.nextInt(64)), node);
    }

    private void advise(int advice) {
        long first = random.nextBoolean() ? 0 : Frames.TABLE_ZONE_FRAMES;
        long hostVa = vm.hostVa(Frames.pfn(random.nextInt(vm.topology().nodes()), first));
        ScriptMachine.tolerating(() -> host.madvise(vm.process(), hostVa, ADVISED_BYTES, advice));
    }

    private int randomCpu(int node) {
        int perNode =
                host.context().topology().cpus() / host.context().topology().nodes();
        return node * perNode + random.nextInt(perNode);
    }

    /** A vCPU that another has taken the processor from gets it back before it makes an access. */
    void run(int vcpu) {
        if (!vm.isRunning(vcpu)) {
            vm.moveVcpu(vcpu, vm.cpuOf(vcpu).number());
        }
    }
}
