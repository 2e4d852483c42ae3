package dev.mitosis.halnative.hwloc;

import dev.mitosis.halnative.topology.AllowedSets;
import dev.mitosis.halnative.topology.CacheUnit;
import dev.mitosis.halnative.topology.CpuModel;
import dev.mitosis.halnative.topology.HostCore;
import dev.mitosis.halnative.topology.HostDetails;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads a host from hwloc's XML, of version 1 or 2, as {@code lstopo machine.xml} writes it. What hwloc found is taken for online.
 *
 * <p>Errors: an {@link IOException} with file and line for what is no such document. No document type is read and no entity replaced;
 * a file of more than 64 MiB is refused.
 *
 * <p>Source: hwloc's {@code hwloc.dtd} and {@code hwloc2.dtd}.
 */
public final class HwlocReader {
    private static final long MOST_BYTES = 64L << 20;
    private static final int MOST_NODES = 1024;
    private static final int MOST_WORDS = 1 << 10;

    private final XMLStreamReader xml;
    private final List<HostNode> nodes = new ArrayList<>();
    private final BitSet cpus = new BitSet();
    private final List<HostCore> cores = new ArrayList<>();
    private final List<CacheUnit> caches = new ArrayList<>();
    private final Map<Long, Integer> distances = new HashMap<>();
    private final Map<String, String> infos = new HashMap<>();
    private List<Integer> oldDistances = List.of();
    private BitSet allowedCpus = new BitSet();
    private BitSet allowedNodes = new BitSet();
    private int packageNumber = -1;

    private HwlocReader(XMLStreamReader xml) {
        this.xml = xml;
    }

    /** The host in a file. */
    public static HostTopology read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + ": larger than any description of a machine");
        }
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        // hwloc writes UTF-8. Of bytes that are not, the parser would print a line of its own.
        try (Reader in = new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8)) {
            HwlocReader reader = new HwlocReader(factory.createXMLStreamReader(in));
            try {
                return reader.document();
            } catch (IllegalArgumentException e) {
                int line = Math.max(1, reader.xml.getLocation().getLineNumber());
                throw new IOException(file + ":" + line + ": " + e.getMessage(), e);
            }
        } catch (XMLStreamException e) {
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNumber());
            throw new IOException(file + ":" + line + ": not hwloc's XML", e);
        }
    }

    private HostTopology document() throws XMLStreamException {
        boolean isTopology = false;
        while (xml.hasNext()) {
            if (xml.next() != XMLStreamConstants.START_ELEMENT) {
                continue;
            }
            if (!isTopology && !xml.getLocalName().equals("topology")) {
                throw new IllegalArgumentException("not hwloc's XML: it begins with '" + xml.getLocalName() + "'");
            }
            isTopology = true;
            switch (xml.getLocalName()) {
                case "object" -> object();
                case "distances2" -> distances();
                case "distances" -> oldDistances();
                case "info" -> infos.putIfAbsent(text("name"), text("value"));
                default -> {
                    // Support flags, memory attributes: nothing of it is kept.
                }
            }
        }
        if (cpus.isEmpty()) {
            throw new IllegalArgumentException("not hwloc's XML of a machine: it has no processors");
        }
        return host();
    }

    private HostTopology host() {
        boolean isNuma = !nodes.isEmpty();
        if (!isNuma) {
            nodes.add(new HostNode(0, cpus, -1, -1));
        }
        placeOldDistances();
        nodes.sort(Comparator.comparing(HostNode::number));
        int[][] matrix = new int[nodes.size()][nodes.size()];
        BitSet numbers = new BitSet();
        for (int from = 0; from < matrix.length; from++) {
            numbers.set(nodes.get(from).number());
            for (int to = 0; to < matrix.length; to++) {
                long key = key(nodes.get(from).number(), nodes.get(to).number());
                matrix[from][to] = distances.getOrDefault(key, 0);
            }
        }
        AllowedSets all = AllowedSets.all(cpus, numbers);
        AllowedSets allowed = allowedCpus.isEmpty()
                ? all
                : new AllowedSets(allowedCpus, allowedNodes.isEmpty() ? numbers : allowedNodes, "hwloc's XML");
        cores.sort(Comparator.comparing(core -> core.cpus().nextSetBit(0)));
        return new HostTopology(
                nodes, matrix, cpus, isNuma, new HostDetails(cores, caches, List.of(), List.of(), allowed, model()));
    }

    /** The processor, as the first package says. */
    private CpuModel model() {
        return new CpuModel(
                infos.getOrDefault(HwlocWriter.VENDOR, ""),
                CpuModel.number(infos.getOrDefault(HwlocWriter.FAMILY, "")),
                CpuModel.number(infos.getOrDefault(HwlocWriter.MODEL, "")),
                infos.getOrDefault(HwlocWriter.NAME, "").strip().replaceAll("\\s+", " "),
                -1);
    }

    private void object() {
        String type = text("type");
        int number = index("os_index", -1);
        BitSet set = mask(text("cpuset"));
        switch (type) {
            case "Machine" -> {
                allowedCpus = mask(text("allowed_cpuset"));
                allowedNodes = mask(text("allowed_nodeset"));
            }
            case "Package", "Socket" -> packageNumber = number;
            case "Core" -> cores.add(new HostCore(packageNumber, -1, number, set));
            case "PU" -> {
                requireNumber(number, MOST_WORDS * 32);
                cpus.set(number);
            }
            case "NUMANode" -> {
                requireNumber(number, MOST_NODES);
                nodes.add(new HostNode(number, set, number("local_memory", 0), -1));
            }
            default -> {
                if (type.endsWith("Cache")) {
                    caches.add(cache(set));
                }
            }
        }
    }

    private static void requireNumber(int number, int limit) {
        if (number < 0 || number >= limit) {
            throw new IllegalArgumentException("an object without a number that can be: " + number);
        }
    }

    private CacheUnit cache(BitSet set) {
        long kind = number("cache_type", 0);
        return new CacheUnit(
                index("depth", 0),
                kind == 1 ? "d" : kind == 2 ? "i" : "",
                number("cache_size", 0),
                index("cache_associativity", 0),
                index("cache_linesize", 0),
                set);
    }

    /** Of version 2: numbers of the objects, then a matrix, both possibly in several pieces. */
    private void distances() throws XMLStreamException {
        boolean isWanted = text("type").equals("NUMANode") && text("indexing").equals("os");
        StringBuilder numbers = new StringBuilder();
        StringBuilder values = new StringBuilder();
        while (xml.next() != XMLStreamConstants.END_ELEMENT
                || !xml.getLocalName().equals("distances2")) {
            if (xml.getEventType() == XMLStreamConstants.START_ELEMENT) {
                (xml.getLocalName().equals("indexes") ? numbers : values)
                        .append(xml.getElementText())
                        .append(' ');
            }
        }
        if (isWanted) {
            long[] objects = numbers(numbers);
            long[] matrix = numbers(values);
            if (matrix.length != objects.length * objects.length) {
                throw new IllegalArgumentException(matrix.length + " distances for " + objects.length + " nodes");
            }
            for (int i = 0; i < matrix.length; i++) {
                int from = small(objects[i / objects.length]);
                distances.put(key(from, small(objects[i % objects.length])), small(matrix[i]));
            }
        }
    }

    /** Of version 1: values relative to a base, before the nodes that they are of. */
    private void oldDistances() throws XMLStreamException {
        double base = real("latency_base");
        List<Integer> values = new ArrayList<>();
        while (xml.next() != XMLStreamConstants.END_ELEMENT
                || !xml.getLocalName().equals("distances")) {
            if (xml.getEventType() == XMLStreamConstants.START_ELEMENT) {
                values.add((int) Math.round(base * real("value")));
            }
        }
        oldDistances = values;
    }

    /** They are of all nodes in the order of the document, or of other objects. */
    private void placeOldDistances() {
        int count = nodes.size();
        if (oldDistances.size() == count * count) {
            for (int i = 0; i < oldDistances.size(); i++) {
                long key =
                        key(nodes.get(i / count).number(), nodes.get(i % count).number());
                distances.put(key, oldDistances.get(i));
            }
        }
    }

    private static long key(long from, long to) {
        return from << 32 | to;
    }

    private static long[] numbers(StringBuilder text) {
        String[] words = text.toString().strip().split("\\s+", -1);
        long[] numbers = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            numbers[i] = parsed(words[i]);
        }
        return numbers;
    }

    private static long parsed(String word) {
        if (!word.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("not a number: '" + word + "'");
        }
        return Long.parseLong(word);
    }

    private String text(String attribute) {
        String value = xml.getAttributeValue(null, attribute);
        return value == null ? "" : value;
    }

    private long number(String attribute, long otherwise) {
        String value = text(attribute);
        return value.isEmpty() || value.startsWith("-") ? otherwise : parsed(value);
    }

    /** As {@link #number}, of 31 bits. */
    private int index(String attribute, int otherwise) {
        return small(number(attribute, otherwise));
    }

    private static int small(long number) {
        if (number > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a number beyond 31 bits: " + number);
        }
        return (int) number;
    }

    private double real(String attribute) {
        String value = text(attribute);
        if (!value.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
            throw new IllegalArgumentException("not a number: " + attribute + "='" + value + "'");
        }
        return Double.parseDouble(value);
    }

    /** Words of 32 bits, the highest first: {@code 0x0000000f,0xffffffff}, where {@code 0x} may be missing. */
    private static BitSet mask(String text) {
        BitSet set = new BitSet();
        if (text.isEmpty()) {
            return set;
        }
        String[] words = text.split(",", -1);
        if (words.length > MOST_WORDS) {
            throw new IllegalArgumentException("a set of " + words.length + " words");
        }
        for (int i = 0; i < words.length; i++) {
            String word = words[i].startsWith("0x") ? words[i].substring(2) : words[i];
            if (!word.matches("[0-9a-fA-F]{0,8}")) {
                throw new IllegalArgumentException("not a set: '" + text + "'");
            }
            long bits = word.isEmpty() ? 0 : Long.parseLong(word, 16);
            int from = (words.length - 1 - i) * 32;
            for (int bit = 0; bit < 32; bit++) {
                if ((bits >>> bit & 1) != 0) {
                    set.set(from + bit);
                }
            }
        }
        return set;
    }
}
