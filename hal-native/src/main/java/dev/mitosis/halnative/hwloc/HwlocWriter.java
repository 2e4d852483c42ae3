package dev.mitosis.halnative.hwloc;

import dev.mitosis.halnative.topology.CacheUnit;
import dev.mitosis.halnative.topology.CpuModel;
import dev.mitosis.halnative.topology.HostCore;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes a host as hwloc's XML, which {@code lstopo -i FILE} shows: objects in each other by the processors they hold, nodes beside
 * what they are local to, and the distances.
 *
 * <p>Source: hwloc 2's {@code hwloc2.dtd} and its chapter "Importing and exporting topologies from/to XML files".
 */
public final class HwlocWriter {
    /** Names of what hwloc says of a package's processors. Source: hwloc's documentation, "Object attributes". */
    static final String VENDOR = "CPUVendor";

    static final String FAMILY = "CPUFamilyNumber";
    static final String MODEL = "CPUModelNumber";
    static final String NAME = "CPUModel";

    /** Distances that the operating system gives, and that are latencies. Source: hwloc {@code distances.h}. */
    private static final String KIND_OF_DISTANCES = "5";

    /** An object with processors; what is in it holds some of them. */
    private static final class Item {
        final String type;
        final int number;
        final BitSet cpus;
        final Map<String, String> more = new TreeMap<>();
        final List<Item> parts = new ArrayList<>();
        final List<HostNode> memory = new ArrayList<>();

        Item(String type, int number, BitSet cpus) {
            this.type = type;
            this.number = number;
            this.cpus = cpus;
        }

        /** Puts it into the deepest that holds all its processors; says no where it crosses the border of one. */
        boolean add(Item part) {
            for (Item other : parts) {
                if (contains(other.cpus, part.cpus)) {
                    return other.add(part);
                }
                if (other.cpus.intersects(part.cpus)) {
                    return false;
                }
            }
            parts.add(part);
            return true;
        }

        Item find(BitSet wanted) {
            for (Item part : parts) {
                if (contains(part.cpus, wanted) && !wanted.isEmpty()) {
                    return part.cpus.equals(wanted) ? part : part.find(wanted);
                }
            }
            return this;
        }
    }

    private final HostTopology host;
    private final XMLStreamWriter xml;
    private int objects;

    private HwlocWriter(HostTopology host, XMLStreamWriter xml) {
        this.host = host;
        this.xml = xml;
    }

    /** The whole document. */
    public static String write(HostTopology host) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
            new HwlocWriter(host, xml).document();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("a string takes any document", e);
        }
        return text + "\n";
    }

    private static boolean contains(BitSet all, BitSet some) {
        BitSet rest = (BitSet) some.clone();
        rest.andNot(all);
        return rest.isEmpty();
    }

    private void document() throws XMLStreamException {
        xml.writeStartDocument("UTF-8", "1.0");
        xml.writeCharacters("\n");
        xml.writeDTD("<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">");
        xml.writeCharacters("\n");
        xml.writeStartElement("topology");
        xml.writeAttribute("version", "2.0");
        write(machine(), 1);
        distances();
        newLine(0);
        xml.writeEndElement();
        xml.writeEndDocument();
    }

    private Item machine() {
        Item machine = new Item("Machine", 0, host.onlineCpus());
        for (Item item : items()) {
            machine.add(item);
        }
        for (HostNode node : host.nodes()) {
            BitSet cpus = cpusOf(node);
            Item place = machine.find(cpus);
            if (!place.cpus.equals(cpus) && !cpus.isEmpty()) {
                Item group = new Item("Group", -1, cpus);
                List<Item> inside = place.parts.stream()
                        .filter(part -> contains(cpus, part.cpus))
                        .toList();
                boolean isWhole =
                        place.parts.stream().allMatch(part -> contains(cpus, part.cpus) || !part.cpus.intersects(cpus));
                if (isWhole) {
                    group.parts.addAll(inside);
                    place.parts.removeAll(inside);
                    place.parts.add(group);
                    place = group;
                }
            }
            place.memory.add(node);
        }
        return machine;
    }

    /** All but nodes, the large ones first. */
    private List<Item> items() {
        List<Item> items = new ArrayList<>();
        Map<Integer, BitSet> packages = new TreeMap<>();
        for (HostCore core : host.details().cores()) {
            if (core.packageId() >= 0) {
                packages.computeIfAbsent(core.packageId(), number -> new BitSet())
                        .or(core.cpus());
            }
        }
        packages.forEach((number, cpus) -> items.add(new Item("Package", number, cpus)));
        for (int level = 3; level >= 1; level--) {
            for (CacheUnit cache : host.details().caches()) {
                if (cache.level() == level && !cache.cpus().isEmpty()) {
                    items.add(cache(cache));
                }
            }
        }
        host.details().cores().forEach(core -> items.add(new Item("Core", core.coreId(), core.cpus())));
        host.onlineCpus().stream().forEach(cpu -> {
            BitSet one = new BitSet();
            one.set(cpu);
            items.add(new Item("PU", cpu, one));
        });
        // Of those with the same processors the order above is that of the hardware.
        items.sort(Comparator.comparing((Item item) -> -item.cpus.cardinality())
                .thenComparing(item -> item.cpus.nextSetBit(0)));
        return items;
    }

    private static Item cache(CacheUnit cache) {
        boolean isOfInstructions = cache.kind().equals("i");
        Item item = new Item("L" + cache.level() + (isOfInstructions ? "iCache" : "Cache"), -1, cache.cpus());
        item.more.put("cache_size", Long.toString(cache.sizeBytes()));
        item.more.put("depth", Integer.toString(cache.level()));
        item.more.put("cache_linesize", Integer.toString(cache.lineBytes()));
        item.more.put("cache_associativity", Integer.toString(cache.ways()));
        item.more.put("cache_type", isOfInstructions ? "2" : cache.kind().equals("d") ? "1" : "0");
        return item;
    }

    private BitSet cpusOf(HostNode node) {
        BitSet cpus = node.cpus();
        cpus.and(host.onlineCpus());
        return cpus;
    }

    private void write(Item item, int depth) throws XMLStreamException {
        newLine(depth);
        xml.writeStartElement("object");
        xml.writeAttribute("type", item.type);
        if (item.number >= 0) {
            xml.writeAttribute("os_index", Integer.toString(item.number));
        }
        boolean isMachine = item.type.equals("Machine");
        cpuSets(item.cpus, isMachine ? host.details().allowed().cpus() : null);
        BitSet nodes = new BitSet();
        for (HostNode node : host.nodes()) {
            BitSet cpus = cpusOf(node);
            if (isMachine || cpus.intersects(item.cpus)) {
                nodes.set(node.number());
            }
        }
        nodeSets(nodes, isMachine ? host.details().allowed().nodes() : null);
        xml.writeAttribute("gp_index", Integer.toString(++objects));
        for (Map.Entry<String, String> attribute : item.more.entrySet()) {
            xml.writeAttribute(attribute.getKey(), attribute.getValue());
        }
        if (item.type.equals("Group")) {
            xml.writeAttribute("kind", "0");
            xml.writeAttribute("subkind", "0");
        }
        if (item.type.equals("Package")) {
            infos(depth + 1);
        }
        for (HostNode node : item.memory) {
            write(node, depth + 1);
        }
        item.parts.sort(Comparator.comparing(part -> part.cpus.nextSetBit(0)));
        for (Item part : item.parts) {
            write(part, depth + 1);
        }
        newLine(depth);
        xml.writeEndElement();
    }

    private void infos(int depth) throws XMLStreamException {
        CpuModel model = host.details().model();
        info(VENDOR, model.vendor(), depth);
        info(FAMILY, model.family() < 0 ? "" : Integer.toString(model.family()), depth);
        info(MODEL, model.model() < 0 ? "" : Integer.toString(model.model()), depth);
        info(NAME, model.name(), depth);
    }

    private void info(String name, String value, int depth) throws XMLStreamException {
        if (!value.isEmpty()) {
            newLine(depth);
            xml.writeEmptyElement("info");
            xml.writeAttribute("name", name);
            xml.writeAttribute("value", value);
        }
    }

    private void write(HostNode node, int depth) throws XMLStreamException {
        newLine(depth);
        xml.writeEmptyElement("object");
        xml.writeAttribute("type", "NUMANode");
        xml.writeAttribute("os_index", Integer.toString(node.number()));
        cpuSets(cpusOf(node), null);
        BitSet own = new BitSet();
        own.set(node.number());
        nodeSets(own, null);
        xml.writeAttribute("gp_index", Integer.toString(++objects));
        xml.writeAttribute("local_memory", Long.toString(Math.max(0, node.sizeBytes())));
    }

    private void cpuSets(BitSet cpus, @Nullable BitSet allowed) throws XMLStreamException {
        xml.writeAttribute("cpuset", mask(cpus));
        xml.writeAttribute("complete_cpuset", mask(cpus));
        if (allowed != null) {
            xml.writeAttribute("allowed_cpuset", mask(allowed));
        }
    }

    private void nodeSets(BitSet nodes, @Nullable BitSet allowed) throws XMLStreamException {
        xml.writeAttribute("nodeset", mask(nodes));
        xml.writeAttribute("complete_nodeset", mask(nodes));
        if (allowed != null) {
            xml.writeAttribute("allowed_nodeset", mask(allowed));
        }
    }

    /** Words of 32 bits, the highest first. */
    static String mask(BitSet set) {
        StringBuilder text = new StringBuilder();
        for (int word = Math.max(0, (set.length() - 1) / 32); word >= 0; word--) {
            long[] bits = set.get(word * 32, word * 32 + 32).toLongArray();
            text.append(String.format(Locale.ROOT, "0x%08x", bits.length == 0 ? 0 : bits[0]))
                    .append(word > 0 ? "," : "");
        }
        return text.toString();
    }

    private void distances() throws XMLStreamException {
        int count = host.nodes().size();
        if (count < 2 || host.distance(0, 1) == 0) {
            return;
        }
        StringBuilder numbers = new StringBuilder();
        StringBuilder values = new StringBuilder();
        for (int from = 0; from < count; from++) {
            numbers.append(host.nodes().get(from).number()).append(' ');
            for (int to = 0; to < count; to++) {
                values.append(host.distance(from, to)).append(' ');
            }
        }
        newLine(1);
        xml.writeStartElement("distances2");
        xml.writeAttribute("type", "NUMANode");
        xml.writeAttribute("nbobjs", Integer.toString(count));
        xml.writeAttribute("kind", KIND_OF_DISTANCES);
        xml.writeAttribute("name", "NUMALatency");
        xml.writeAttribute("indexing", "os");
        list("indexes", numbers);
        list("u64values", values);
        newLine(1);
        xml.writeEndElement();
    }

    private void list(String name, StringBuilder numbers) throws XMLStreamException {
        newLine(2);
        xml.writeStartElement(name);
        xml.writeAttribute("length", Integer.toString(numbers.length()));
        xml.writeCharacters(numbers.toString());
        xml.writeEndElement();
    }

    private void newLine(int depth) throws XMLStreamException {
        xml.writeCharacters("\n" + "  ".repeat(depth));
    }
}
