package dev.mitosis.kernel.proc;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.HugetlbPool;
import java.util.Locale;

/**
 * The files about the memory of the machine: {@code /proc/meminfo}, {@code /proc/vmstat}, and {@code meminfo} of a node.
 *
 * <p>{@code PageTables} counts every copy, as the ports of Mitosis do: this is what replication costs.
 *
 * <p>Source: proc(5); Linux {@code fs/proc/meminfo.c}, {@code drivers/base/node.c:node_read_meminfo}.
 */
public final class SystemFiles {
    private final Kernel kernel;

    public SystemFiles(Kernel kernel) {
        this.kernel = kernel;
    }

    /** {@code /proc/meminfo}: the lines that this machine has. */
    public String meminfo() {
        FrameAllocator frames = kernel.context().frames();
        long total = 0;
        long free = 0;
        long tables = 0;
        for (int node = 0; node < frames.topology().nodes(); node++) {
            total += frames.topology().framesOfNode(node);
            free += frames.freeFrames(node);
            tables += frames.tableFrames(node);
        }
        StringBuilder text = new StringBuilder();
        ProcessFiles.appendKib(text, "MemTotal", total);
        ProcessFiles.appendKib(text, "MemFree", free);
        ProcessFiles.appendKib(text, "SwapCached", kernel.context().swap().cachedPages());
        ProcessFiles.appendKib(text, "SwapTotal", kernel.context().swap().slots());
        ProcessFiles.appendKib(
                text,
                "SwapFree",
                kernel.context().swap().slots() - kernel.context().swap().usedSlots());
        ProcessFiles.appendKib(text, "PageTables", tables);
        ProcessFiles.appendKib(
                text, "CommitLimit", kernel.context().overcommit().limitPages());
        ProcessFiles.appendKib(
                text, "Committed_AS", kernel.context().overcommit().committedPages());
        HugetlbPool pool = kernel.context().hugetlb(FrameAllocator.ORDER_2M);
        appendCount(text, "HugePages_Total", pool.totalPages());
        appendCount(text, "HugePages_Free", pool.freePages());
        appendCount(text, "HugePages_Rsvd", pool.reservedPages());
        appendCount(text, "HugePages_Surp", pool.surplusPages());
        return text.toString();
    }

    /** {@code /sys/devices/system/node/nodeN/meminfo}: the lines that this machine has. */
    public String nodeMeminfo(int node) {
        FrameAllocator frames = kernel.context().frames();
        StringBuilder text = new StringBuilder();
        appendNode(text, node, "MemTotal", frames.topology().framesOfNode(node));
        appendNode(text, node, "MemFree", frames.freeFrames(node));
        appendNode(text, node, "PageTables", frames.tableFrames(node));
        return text.toString();
    }

    /** {@code /proc/vmstat}. */
    public String vmstat() {
        long tables = 0;
        FrameAllocator frames = kernel.context().frames();
        for (int node = 0; node < frames.topology().nodes(); node++) {
            tables += frames.tableFrames(node);
        }
        return "nr_page_table_pages " + tables + '\n' + kernel.vmstat();
    }

    private static void appendCount(StringBuilder text, String name, long count) {
        text.append(String.format(Locale.ROOT, "%-15s %8d%n", name + ":", count));
    }

    private static void appendNode(StringBuilder text, int node, String name, long pages) {
        text.append(String.format(Locale.ROOT, "Node %d %-14s %8d kB%n", node, name + ":", pages * 4));
    }
}
