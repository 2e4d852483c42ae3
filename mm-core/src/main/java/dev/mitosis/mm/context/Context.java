package dev.mitosis.mm.context;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.AddressSpaces;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEventChain;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.HugetlbPool;
import dev.mitosis.mm.lock.TableLocks;
import dev.mitosis.mm.pagecache.PageContents;
import dev.mitosis.mm.pagecache.PageSupply;
import dev.mitosis.mm.pagecache.SwapSpace;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.mm.tlb.BroadcastFlush;
import dev.mitosis.mm.tlb.CpuState;
import dev.mitosis.mm.tlb.DeferredFlush;
import dev.mitosis.mm.tlb.IpiFlush;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.tlb.RemoteActionFlush;
import dev.mitosis.mm.tlb.TlbFlush;
import dev.mitosis.mm.tlb.UnfilteredFlush;
import dev.mitosis.mm.vma.Overcommit;
import dev.mitosis.x86.PageTableOps;

/**
 * What every operation of the kernel works with: its board, its frames, the page-table operations, its settings and its listeners.
 *
 * <p>One context belongs to one kernel; nothing in it is shared between kernels.
 */
public final class Context implements PageSupply {
    private final Board board;
    private final Topology topology;
    private final FrameAllocator frames;
    private final PageTableOps ops;
    private final KernelSettings settings;
    private final boolean concurrent;
    private final CpuState cpus;
    private final TlbFlush flush;
    private final TableLocks tableLocks;
    private final VmStat vmstat;
    private final SwapSpace swap;
    private final Overcommit overcommit;
    private final HugetlbPool hugePages;
    private final HugetlbPool giantPages;
    private final AddressSpaces addressSpaces = new AddressSpaces();
    private final PageAllocation pages;
    private final TableAllocation tables;
    private volatile PageTableEvents events = PageTableEvents.NONE;
    private volatile PageContents contents = PageContents.UNKNOWN;

    /** The context of a kernel that boots on a board. */
    public Context(Board board, FrameAllocator frames, PageTableOps ops, KernelSettings settings) {
        this.board = board;
        this.topology = board.topology();
        this.frames = frames;
        this.ops = ops;
        this.settings = settings;
        this.concurrent = board.memory().isConcurrent();
        this.cpus = new CpuState(board, ops, settings, this::events, concurrent);
        this.tableLocks = new TableLocks(concurrent);
        this.vmstat = new VmStat(concurrent);
        this.flush = newFlush(board, ops, cpus, vmstat, settings.tlb());
        this.swap = new SwapSpace(settings.swapPages(), frames, this::contents);
        long memoryPages = 0;
        for (int node = 0; node < topology.nodes(); node++) {
            memoryPages += topology.framesOfNode(node);
        }
        this.overcommit = new Overcommit(settings.overcommit(), memoryPages, settings.swapPages());
        this.hugePages = new HugetlbPool(FrameAllocator.ORDER_2M, topology, frames);
        this.giantPages = new HugetlbPool(FrameAllocator.ORDER_1G, topology, frames);
        this.pages = new PageAllocation(this);
        this.tables = new TableAllocation(this);
    }

    private static TlbFlush newFlush(Board board, PageTableOps ops, CpuState cpus, VmStat vmstat, TlbSettings tlb) {
        return switch (tlb.backend()) {
            case IPI -> new IpiFlush(board, ops, cpus, vmstat);
            case UNFILTERED -> new UnfilteredFlush(board, ops, cpus, vmstat);
            case BROADCAST -> new BroadcastFlush(board, ops, cpus, vmstat);
            case RAR -> new RemoteActionFlush(board, ops, cpus, vmstat);
            case DEFERRED -> new DeferredFlush(board, ops, cpus, vmstat);
        };
    }

    public Board board() {
        return board;
    }

    public Topology topology() {
        return topology;
    }

    @Override
    public FrameAllocator frames() {
        return frames;
    }

    public PageTableOps ops() {
        return ops;
    }

    public KernelMeter meter() {
        return board.meter();
    }

    public KernelSettings settings() {
        return settings;
    }

    @Override
    public VmStat vmstat() {
        return vmstat;
    }

    @Override
    public SwapSpace swap() {
        return swap;
    }

    public Overcommit overcommit() {
        return overcommit;
    }

    /** The pool of huge pages of an order: 9 for 2 MiB, 18 for 1 GiB. */
    public HugetlbPool hugetlb(int order) {
        return order == FrameAllocator.ORDER_2M ? hugePages : giantPages;
    }

    public PageTableEvents events() {
        return events;
    }

    @Override
    public PageContents contents() {
        return contents;
    }

    /** Says whether several threads may run this kernel at once. */
    public boolean isConcurrent() {
        return concurrent;
    }

    /** What each processor has loaded. */
    public CpuState cpus() {
        return cpus;
    }

    public TableLocks tableLocks() {
        return tableLocks;
    }

    public AddressSpaces addressSpaces() {
        return addressSpaces;
    }

    /** How processors are made to forget translations. */
    public TlbFlush flush() {
        return flush;
    }

    /** A gather for an operation that removes or changes entries of an address space. */
    public MmuGather gather(MmStruct mm, int cpu) {
        return new MmuGather(flush, pages, mm, cpu);
    }

    /** The allocation of data pages under a memory policy. */
    public PageAllocation pages() {
        return pages;
    }

    /** The allocation of page tables under a memory policy. */
    public TableAllocation tables() {
        return tables;
    }

    @Override
    public void releasePages(int cpu, long pfn, int order) {
        pages.release(cpu, pfn, order);
    }

    /** Adds a listener of page-table events; for boot, before the first task. */
    public void listen(PageTableEvents listener) {
        events = PageTableEventChain.of(events, listener);
    }

    /** Says who keeps the contents of data pages; for boot, before the first task. */
    public void install(PageContents keeper) {
        contents = keeper;
    }
}
