package dev.mitosis.kernel.proc;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.stat.VmEvent;
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
    private final Entries entries;
    private int level;

    /** How an entry reads: those of page tables here, those of extended ones in the hypervisor. */
    public interface Entries {
        Entries PAGE_TABLE = new PageTableEntries();

        boolean isMapped(long entry);

        boolean isPresent(long entry);

        boolean isTable(long entry, int level);

        boolean isExecutable(long entry);
    }

    private static final class PageTableEntries implements Entries {
        @Override
        public boolean isMapped(long entry) {
            return Pte.isMapped(entry);
        }

        @Override
        public boolean isPresent(long entry) {
            return Pte.isPresent(entry);
        }

        @Override
        public boolean isTable(long entry, int level) {
            return Pte.isTable(entry, level);
        }

        @Override
        public boolean isExecutable(long entry) {
            return (entry & Pte.NO_EXECUTE) == 0;
        }
    }

    private PageTableDump(PhysicalMemory memory, Topology topology, Entries entries, Appendable out) {
        this.entries = entries;
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
        long root = kernel.context().ops().rootFor(mm.pageTable(), node);
        long migrations = kernel.vmstat().get(VmEvent.NUMA_PAGES_MIGRATED);
        PhysicalMemory memory = kernel.context().board().memory();
        Topology topology = kernel.context().topology();
        int levels = mm.pageTable().levels();
        write(memory, topology, Entries.PAGE_TABLE, root, levels, process, migrations, out);
    }

    /** Writes any tree of tables, from its root. */
    public static void write(
            PhysicalMemory memory,
            Topology topology,
            Entries entries,
            long root,
            int levels,
            int process,
            long migrations,
            Appendable out)
            throws IOException {
        PageTableDump dump = new PageTableDump(memory, topology, entries, out);
        dump.nodes();
        if (root == Frames.NO_FRAME) {
            out.append("<ptdump process=\"" + process + "\" error=\"-1\"></ptdump>\n");
            return;
        }
        out.append("<ptdump process=\"" + process + "\" count=\"" + dump.count(root, levels) + "\">\n");
        out.append("<numamigrations>" + migrations + "</numamigrations>\n");
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
            count += entries.isTable(entry, at) ? count(Pte.pfn(entry), at - 1) : 0;
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
            if (entries.isTable(entry, at)) {
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
        if (!entries.isMapped(entry)) {
            out.append('0');
            return;
        }
        if (!entries.isPresent(entry)) {
            out.append('n');
        }
        boolean isTable = entries.isTable(entry, level);
        if (level == 2 && isTable) {
            out.append('p');
        } else if (level <= 2 && entries.isExecutable(entry)) {
            out.append('x');
        }
        long pfn = Pte.pfn(entry);
        out.append(Long.toHexString(level == 2 && !isTable ? pfn >>> HUGE_SHIFT : pfn));
    }
}
