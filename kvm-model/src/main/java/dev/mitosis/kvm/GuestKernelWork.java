package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.mm.frame.FrameAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The work of a guest's kernel: frames of its tables come into being when it first writes them, stores trap under shadow paging, and all
 * of it is priced on the host's processor that the vCPU runs on, at the host's frames that its tables are in.
 *
 * <p>Besides, what leaves the guest is priced ({@link ExitCosts}): hypercalls, interrupts that one vCPU sends to others, which the part has
 * no hardware for, and with shadow tables the loads of roots and flushes too.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.4 for {@link GuestTableFrames}.
 */
final class GuestKernelWork implements KernelMeter {
    private final VirtualMachine vm;
    private final EptManager ept;
    private final KernelMeter hardware;
    private final @Nullable ShadowTables shadow;
    private final GuestTableFrames tableFrames;

    GuestKernelWork(
            VirtualMachine vm,
            EptManager ept,
            KernelMeter hardware,
            @Nullable ShadowTables shadow,
            GuestTableFrames tableFrames) {
        this.vm = vm;
        this.ept = ept;
        this.hardware = hardware;
        this.shadow = shadow;
        this.tableFrames = tableFrames;
    }

    // ---- tables ----

    @Override
    public void tableLoads(int vcpu, long table, int first, int count) {
        long frame = ept.hostFrame(table);
        if (frame != Frames.NO_FRAME) {
            hardware.tableLoads(cpu(vcpu), frame, first, count);
        }
    }

    @Override
    public void tableStores(int vcpu, long table, int first, int count) {
        hardware.tableStores(cpu(vcpu), touched(vcpu, table), first, count);
        trap(vcpu, table, first, count);
    }

    @Override
    public void tableExchanges(int vcpu, long table, int first, int span, int count) {
        hardware.tableExchanges(cpu(vcpu), touched(vcpu, table), first, span, count);
        trap(vcpu, table, first, span);
    }

    @Override
    public void tableCopied(int vcpu, long from, long to) {
        touched(vcpu, to);
        hardware.tableCopied(cpu(vcpu), from, to);
    }

    /** The host frame of a table that the guest's kernel is about to write. */
    private long touched(int vcpu, long table) {
        if (!ept.isWritable(table)) {
            back(vcpu, table);
        }
        return ept.hostFrame(table);
    }

    private void back(int vcpu, long table) {
        int group = Frames.nodeOf(table);
        int toucher =
                switch (tableFrames) {
                    case AS_TOUCHED -> cpu(vcpu);
                    case GROUP_TOUCHES -> vm.cpuOfGroup(group);
                    case HYPERCALL -> {
                        vm.hypercall(vcpu);
                        // Nothing has touched the frame: the hypervisor backs it where it is asked to, and need not
                        // exchange it.
                        yield vm.cpuOfGroup(group);
                    }
                };
        vm.addCycles(vcpu, ExitCosts.EXIT_CYCLES);
        if (!ept.violation(toucher, table, true)) {
            throw new IllegalStateException("the host has no page for the guest's table " + Long.toHexString(table));
        }
    }

    /** Has what a node has set aside for tables come to be where the node's group is, if groups place tables at all. */
    void fillCache(FrameAllocator frames, int group) {
        if (tableFrames == GuestTableFrames.AS_TOUCHED) {
            return;
        }
        long[] cache = new long[frames.reservedTables(group)];
        for (int i = 0; i < cache.length; i++) {
            cache[i] = frames.takeTable(group);
            touched(vm.vcpuOfGroup(group), cache[i]);
        }
        for (long table : cache) {
            frames.returnTable(table);
        }
    }

    private void trap(int vcpu, long table, int first, int count) {
        if (shadow != null) {
            vm.addCycles(vcpu, count * ExitCosts.TRAPPED_STORE_CYCLES);
            if (shadow.tableStored(cpu(vcpu), table, first, count)) {
                vm.forgetEpt();
            }
        }
    }

    // ---- the rest is as expensive as without a guest, and sometimes an exit more ----

    @Override
    public void ringHops(int vcpu, long count) {
        hardware.ringHops(cpu(vcpu), count);
    }

    @Override
    public void entriesChanged(int vcpu, long count) {
        hardware.entriesChanged(cpu(vcpu), count);
    }

    @Override
    public void tableAllocated(int vcpu, int node) {
        hardware.tableAllocated(cpu(vcpu), vm.hostNodeOf(vcpu, node));
    }

    @Override
    public void tableFreed(int vcpu, int node) {
        hardware.tableFreed(cpu(vcpu), vm.hostNodeOf(vcpu, node));
    }

    @Override
    public void pagesAllocated(int vcpu, int node, int order, long count) {
        hardware.pagesAllocated(cpu(vcpu), vm.hostNodeOf(vcpu, node), order, count);
    }

    @Override
    public void pagesFreed(int vcpu, int node, int order, long count) {
        hardware.pagesFreed(cpu(vcpu), vm.hostNodeOf(vcpu, node), order, count);
    }

    @Override
    public void pageCopied(int vcpu, int fromNode, int toNode, int order) {
        hardware.pageCopied(cpu(vcpu), vm.hostNodeOf(vcpu, fromNode), vm.hostNodeOf(vcpu, toNode), order);
    }

    @Override
    public void pageFault(int vcpu) {
        hardware.pageFault(cpu(vcpu));
    }

    @Override
    public void systemCall(int vcpu) {
        hardware.systemCall(cpu(vcpu));
    }

    @Override
    public void areaInserted(int vcpu) {
        hardware.areaInserted(cpu(vcpu));
    }

    @Override
    public void areaRemoved(int vcpu) {
        hardware.areaRemoved(cpu(vcpu));
    }

    @Override
    public void rootLoaded(int vcpu, boolean flush) {
        hardware.rootLoaded(cpu(vcpu), flush);
        exitIfShadowed(vcpu);
    }

    @Override
    public void localFlush(int vcpu) {
        hardware.localFlush(cpu(vcpu));
        exitIfShadowed(vcpu);
    }

    @Override
    public void flushReceived(int vcpu) {
        hardware.flushReceived(cpu(vcpu));
    }

    @Override
    public void shootdown(int vcpu, int targets) {
        hardware.shootdown(cpu(vcpu), targets);
        vm.addCycles(vcpu, ExitCosts.EXIT_CYCLES);
    }

    @Override
    public void remoteActions(int vcpu, int targets) {
        hardware.remoteActions(cpu(vcpu), targets);
    }

    @Override
    public void broadcastFlush(int vcpu) {
        hardware.broadcastFlush(cpu(vcpu));
        exitIfShadowed(vcpu);
    }

    private void exitIfShadowed(int vcpu) {
        if (shadow != null) {
            vm.addCycles(vcpu, ExitCosts.EXIT_CYCLES);
        }
    }

    private int cpu(int vcpu) {
        return vm.cpuOf(vcpu).number();
    }
}
