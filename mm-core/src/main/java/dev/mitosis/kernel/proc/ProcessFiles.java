package dev.mitosis.kernel.proc;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.range.AreaUsage;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * The files of {@code /proc/PID} about memory.
 *
 * <p>Cost: {@link #maps} reads the areas, the others every leaf. They wait until nobody changes the address space.
 *
 * <p>Source: proc(5), numa(7); Linux {@code fs/proc/task_mmu.c}.
 */
public final class ProcessFiles {
    private static final int NAME_COLUMN = 73;
    private static final long KIB_PER_PAGE = 4;

    private final Kernel kernel;
    private final MmStruct mm;

    public ProcessFiles(Kernel kernel, MmStruct mm) {
        this.kernel = kernel;
        this.mm = mm;
    }

    /** {@code maps}: a line for each area. */
    public String maps() {
        StringBuilder text = new StringBuilder();
        kernel.withWriteLock(mm, () -> {
            for (Vma area : mm.areas().all()) {
                appendMapsLine(text, area);
            }
        });
        return text.toString();
    }

    private void appendMapsLine(StringBuilder text, Vma area) {
        int start = text.length();
        long offset = area.isAnonymous() ? 0 : area.pageOffset() << 12;
        text.append(String.format(
                Locale.ROOT, "%08x-%08x %s %08x 00:00 0 ", area.startVa(), area.endVa(), rights(area), offset));
        String name = name(area);
        if (!name.isEmpty()) {
            text.append(" ".repeat(Math.max(0, NAME_COLUMN - (text.length() - start))))
                    .append(name);
        }
        text.append('\n');
    }

    private static String rights(Vma area) {
        return (area.has(Vma.READ) ? "r" : "-")
                + (area.has(Vma.WRITE) ? "w" : "-")
                + (area.has(Vma.EXEC) ? "x" : "-")
                + (area.isPrivate() ? "p" : "s");
    }

    private String name(Vma area) {
        if (area.file() != null) {
            return area.file().toString();
        }
        if (area.startVa() >= mm.startBrkVa() && mm.startBrkVa() > 0 && area.endVa() <= ((mm.brkVa() + 4095) & -4096)) {
            return "[heap]";
        }
        return area.has(Vma.GROWSDOWN) ? "[stack]" : "";
    }

    /** {@code smaps_rollup}: the totals of {@code smaps}, in KiB. */
    public String smapsRollup() {
        List<AreaUsage> usages = usages();
        StringBuilder text = new StringBuilder();
        appendKib(text, "Rss", sum(usages, AreaUsage::resident));
        appendKib(text, "Shared", sum(usages, AreaUsage::shared));
        appendKib(text, "Private", sum(usages, usage -> usage.resident() - usage.shared()));
        appendKib(text, "Dirty", sum(usages, AreaUsage::dirty));
        appendKib(text, "Referenced", sum(usages, AreaUsage::referenced));
        appendKib(text, "Anonymous", sum(usages, AreaUsage::anonymous));
        appendKib(text, "AnonHugePages", sum(usages, AreaUsage::huge));
        appendKib(text, "Swap", sum(usages, AreaUsage::swapped));
        appendKib(text, "Locked", mm.lockedPages());
        return text.toString();
    }

    /** {@code numa_maps}: for each area its policy, and its pages by node. */
    public String numaMaps() {
        StringBuilder text = new StringBuilder();
        kernel.withWriteLock(mm, () -> {
            for (Vma area : mm.areas().all()) {
                appendNumaLine(text, area);
            }
        });
        return text.toString();
    }

    private void appendNumaLine(StringBuilder text, Vma area) {
        AreaUsage usage = AreaUsage.of(kernel.context(), mm, area);
        text.append(String.format(Locale.ROOT, "%08x %s", area.startVa(), policy(area.policy())));
        if (area.file() != null) {
            text.append(" file=").append(area.file());
        } else if (!name(area).isEmpty()) {
            text.append(' ').append(name(area).equals("[heap]") ? "heap" : "stack");
        }
        if (area.has(Vma.HUGETLB)) {
            text.append(" huge");
        }
        long unit = area.has(Vma.HUGETLB) ? 1L << area.hugeOrder() : 1;
        appendCount(text, "anon", usage.anonymous() / unit);
        appendCount(text, "dirty", usage.dirty() / unit);
        if (usage.ofObject() > 0) {
            appendCount(text, "mapped", usage.ofObject() / unit);
        }
        appendCount(text, "swapcache", 0);
        for (int node = 0; node < kernel.context().topology().nodes(); node++) {
            appendCount(text, "N" + node, usage.resident(node) / unit);
        }
        if (usage.resident() > 0) {
            text.append(" kernelpagesize_kB=").append(KIB_PER_PAGE * unit);
        }
        text.append('\n');
    }

    private static void appendCount(StringBuilder text, String name, long count) {
        if (count > 0) {
            text.append(' ').append(name).append('=').append(count);
        }
    }

    private static String policy(Mempolicy policy) {
        String nodes = nodeList(policy.nodeMask());
        return switch (policy.kind()) {
            case LOCAL -> "default";
            case BIND -> "bind:" + nodes;
            case PREFERRED -> "prefer:" + nodes;
            case PREFERRED_MANY -> "prefer (many):" + nodes;
            case INTERLEAVE -> "interleave:" + nodes;
            case WEIGHTED_INTERLEAVE -> "weighted interleave:" + nodes;
        };
    }

    /** Nodes as the kernel prints them: ranges, and commas between. */
    static String nodeList(long mask) {
        StringBuilder text = new StringBuilder();
        for (int node = 0; node < Long.SIZE; node++) {
            if ((mask >>> node & 1) == 0) {
                continue;
            }
            int last = node;
            while (last + 1 < Long.SIZE && (mask >>> last + 1 & 1) != 0) {
                last++;
            }
            text.append(text.length() > 0 ? "," : "").append(node);
            if (last > node) {
                text.append('-').append(last);
            }
            node = last;
        }
        return text.toString();
    }

    /** {@code status}: the lines about memory. */
    public String status() {
        List<AreaUsage> usages = usages();
        long tables = 0;
        for (int level = 1; level <= mm.pageTable().levels(); level++) {
            tables += mm.tables(level);
        }
        StringBuilder text = new StringBuilder();
        appendKib(text, "VmSize", mm.mappedPages());
        appendKib(text, "VmLck", mm.lockedPages());
        appendKib(text, "VmRSS", mm.residentFrames());
        appendKib(text, "RssAnon", sum(usages, AreaUsage::anonymous));
        appendKib(text, "RssFile", sum(usages, AreaUsage::ofObject));
        appendKib(text, "VmPTE", tables);
        appendKib(text, "VmSwap", sum(usages, AreaUsage::swapped));
        return text.toString();
    }

    private List<AreaUsage> usages() {
        List<AreaUsage> usages = new ArrayList<>();
        kernel.withWriteLock(mm, () -> {
            for (Vma area : mm.areas().all()) {
                usages.add(AreaUsage.of(kernel.context(), mm, area));
            }
        });
        return usages;
    }

    private static long sum(List<AreaUsage> usages, ToLongFunction<AreaUsage> count) {
        return usages.stream().mapToLong(count).sum();
    }

    static void appendKib(StringBuilder text, String name, long pages) {
        text.append(String.format(Locale.ROOT, "%-15s %8d kB%n", name + ":", pages * KIB_PER_PAGE));
    }
}
