package dev.mitosis.mm.proc;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.VmEvent;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.io.IOException;

/**
 * The page tables of a process as text, in the layout of the dump tool of Mitosis, so that the scripts that read its dumps read
 * these.
 *
 * <pre>
 *   &lt;numamap&gt;
 *   0 0 4398046511104                              node, first physical byte, first one after it
 *   &lt;/numamap&gt;
 *   &lt;ptdump process="1" count="5"&gt;
 *   &lt;numamigrations&gt;0&lt;/numamigrations&gt;
 *   &lt;level4 b="1"&gt;2 0 0 … &lt;/level4&gt;              512 entries of the table in frame 0x1; then levels 3, 2 and 1
 *   &lt;/ptdump&gt;
 * </pre>
 *
 * <p>An entry is 0 when nothing is mapped, otherwise a frame number in hex; before it stands {@code n} for a page that faults on
 * purpose (a NUMA hint, or PROT_NONE), {@code x} for a page that may be executed, and at level 2 {@code p} for a pointer to a table;
 * a huge page is a number of 2 MiB there. Tables of a fifth level come first.
 *
 * <p>Source: the page-table-dump tool of the Mitosis artifact (ASPLOS'20).
 */
public final class PageTableDump {
    private static final int HUGE_SHIFT = 21 - Frames.PAGE_SHIFT;

    private final PhysicalMemory memory;
    private final Topology topology;
    private final Appendable out;
    private int level;

    private PageTableDump(PhysicalMemory memory, Topology topology, Appendable out) {
        this.memory = memory;
        this.topology = topology;
        this.out = out;
    }

    /**
     * Writes the tree that processors of a node walk for an address space.
     *
     * @param process the number to print as the process
     */
    public static void write(Kernel kernel, MmStruct mm, int process, int node, Appendable out) throws IOException {
        PageTableDump dump = new PageTableDump(
                kernel.platform().board().memory(), kernel.platform().topology(), out);
        dump.nodes();
        long root = kernel.platform().ops().rootFor(mm.pageTable(), node);
        if (root == Frames.NO_FRAME) {
            out.append("<ptdump process=\"" + process + "\" error=\"-1\"></ptdump>\n");
            return;
        }
        int levels = mm.pageTable().levels();
        out.append("<ptdump process=\"" + process + "\" count=\"" + dump.count(root, levels) + "\">\n");
        out.append("<numamigrations>" + kernel.vmstat().get(VmEvent.NUMA_PAGES_MIGRATED) + "</numamigrations>\n");
        for (dump.level = levels; dump.level >= 1; dump.level--) {
            dump.tables(root, levels);
        }
        out.append("</ptdump>\n");
    }

    private void nodes() throws IOException {
        out.append("<numamap>\n");
        for (int node = 0; node < topology.nodes(); node++) {
            long base = Frames.pfn(node, 0) << Frames.PAGE_SHIFT;
            long limit = base + (1L << Frames.NODE_SHIFT + Frames.PAGE_SHIFT);
            out.append(node + " " + base + " " + limit + "\n");
        }
        out.append("</numamap>\n");
    }

    private long count(long table, int at) {
        long count = 1;
        for (int i = 0; at > 1 && i < PagingLevel.ENTRIES; i++) {
            long entry = memory.read(table, i);
            count += Pte.isTable(entry, at) ? count(Pte.pfn(entry), at - 1) : 0;
        }
        return count;
    }

    /** The tables of the level whose turn it is, in the order of addresses. */
    private void tables(long table, int at) throws IOException {
        if (at == level) {
            line(table);
            return;
        }
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            long entry = memory.read(table, i);
            if (Pte.isTable(entry, at)) {
                tables(Pte.pfn(entry), at - 1);
            }
        }
    }

    private void line(long table) throws IOException {
        out.append("<level").append(Integer.toString(level)).append(" b=\"");
        out.append(Long.toHexString(table)).append("\">");
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            entry(memory.read(table, i));
            out.append(' ');
        }
        out.append("</level").append(Integer.toString(level)).append(">\n");
    }

    private void entry(long entry) throws IOException {
        if (!Pte.isMapped(entry)) {
            out.append('0');
            return;
        }
        if (!Pte.isPresent(entry)) {
            out.append('n');
        }
        boolean isTable = Pte.isTable(entry, level);
        if (level == 2 && isTable) {
            out.append('p');
        } else if (level <= 2 && (entry & Pte.NO_EXECUTE) == 0) {
            out.append('x');
        }
        long pfn = Pte.pfn(entry);
        out.append(Long.toHexString(level == 2 && !isTable ? pfn >>> HUGE_SHIFT : pfn));
    }
}
