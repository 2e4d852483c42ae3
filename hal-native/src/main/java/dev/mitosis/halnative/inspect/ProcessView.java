package dev.mitosis.halnative.inspect;

import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process as its kernel shows it.
 *
 * <p>Units: bytes; -1 where the kernel does not say.
 *
 * <p>Source: proc(5).
 *
 * @param maps its pages by node; empty where the kernel has no numa_maps, or does not let us read it
 * @param threadsOfNode how many of its threads last ran on each node, by number
 * @param tableBytesOfNode page tables of all processes together, by number of node
 * @param notes what could not be read, one line each
 */
public record ProcessView(
        int pid,
        String name,
        long residentBytes,
        long tableBytes,
        long hugeBytes,
        Optional<NumaMaps> maps,
        Map<Integer, Integer> threadsOfNode,
        Map<Integer, Long> tableBytesOfNode,
        List<String> notes) {
    /** The field of {@code stat} that says on which processor a thread last ran, counted behind the name. */
    private static final int PROCESSOR_FIELD = 36;

    /**
     * Looks at a process.
     *
     * <p>Errors: {@link IOException} in one line where there is no such process.
     *
     * @param root the file system that has {@code proc} and {@code sys}
     */
    public static ProcessView read(Path root, int pid, HostTopology host) throws IOException {
        Path folder = root.resolve("proc/" + pid);
        if (!Files.isDirectory(folder)) {
            throw new IOException("there is no process " + pid);
        }
        List<String> notes = new ArrayList<>();
        String status = text(folder.resolve("status"), notes);
        if (status.isEmpty()) {
            throw new IOException("process " + pid + " has ended");
        }
        boolean isOfTheKernel = kibibytes(status, "VmSize:") < 0 && kibibytes(status, "VmRSS:") < 0;
        if (isOfTheKernel) {
            notes.add(
                    "a thread of the kernel, or a process that has ended: it has no memory and no page tables of its own");
        }
        String rollup = isOfTheKernel ? "" : text(folder.resolve("smaps_rollup"), notes);
        Map<Integer, Long> tables = new TreeMap<>();
        for (HostNode node : host.nodes()) {
            String meminfo = text(root.resolve("sys/devices/system/node/node" + node.number() + "/meminfo"), notes);
            long bytes = kibibytes(meminfo, "PageTables:");
            if (bytes >= 0) {
                tables.put(node.number(), bytes);
            }
        }
        Matcher name = Pattern.compile("^Name:\\s*(.*)$", Pattern.MULTILINE).matcher(status);
        return new ProcessView(
                pid,
                name.find() ? name.group(1).strip() : "?",
                kibibytes(status, "VmRSS:"),
                kibibytes(status, "VmPTE:"),
                kibibytes(rollup, "AnonHugePages:"),
                maps(folder.resolve("numa_maps"), notes),
                threads(folder.resolve("task"), host, notes),
                tables,
                List.copyOf(notes));
    }

    private static Optional<NumaMaps> maps(Path file, List<String> notes) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            return Optional.of(NumaMaps.parse(lines));
        } catch (NoSuchFileException e) {
            notes.add("the kernel has no numa_maps: where pages are is not known");
        } catch (AccessDeniedException e) {
            notes.add(file + ": not permitted: run as its owner or as root");
        }
        return Optional.empty();
    }

    private static String text(Path file, List<String> notes) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            notes.add(file + ": " + (e instanceof AccessDeniedException ? "not permitted" : reason(e, file)));
            return "";
        }
    }

    /** Without the name of the file, which the exception has too. */
    private static String reason(IOException e, Path file) {
        return String.valueOf(e.getMessage()).replace(file + ": ", "");
    }

    private static long kibibytes(String text, String label) {
        Matcher line =
                Pattern.compile(Pattern.quote(label) + "\\s*([0-9]{1,15}) kB").matcher(text);
        return line.find() ? 1024 * Long.parseLong(line.group(1)) : -1;
    }

    private static Map<Integer, Integer> threads(Path folder, HostTopology host, List<String> notes)
            throws IOException {
        Map<Integer, Integer> threads = new TreeMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(folder)) {
            for (Path task : tasks) {
                int cpu = processor(text(task.resolve("stat"), notes));
                for (HostNode node : host.nodes()) {
                    if (cpu >= 0 && node.cpus().get(cpu)) {
                        threads.merge(node.number(), 1, Integer::sum);
                        break;
                    }
                }
            }
        } catch (NoSuchFileException e) {
            notes.add("the process has ended meanwhile");
        }
        return threads;
    }

    /** The name in the line may hold blanks and brackets: fields are counted from the last bracket. */
    static int processor(String stat) {
        int bracket = stat.lastIndexOf(')');
        String[] fields = stat.substring(bracket + 1).strip().split(" ", -1);
        boolean isThere =
                bracket >= 0 && fields.length > PROCESSOR_FIELD && fields[PROCESSOR_FIELD].matches("[0-9]{1,6}");
        return isThere ? Integer.parseInt(fields[PROCESSOR_FIELD]) : -1;
    }

    /** How much of its own memory huge pages map; empty where the kernel does not say. */
    public Optional<Double> hugeShare() {
        long own = maps.map(known -> known.privateBytesOfNode().values().stream()
                        .mapToLong(bytes -> bytes)
                        .sum())
                .orElse(residentBytes);
        return hugeBytes < 0 || own <= 0 ? Optional.empty() : Optional.of(Math.min(1, (double) hugeBytes / own));
    }

    /**
     * An estimate, and no more: the part of leaf-table reads that go to another node. A leaf table is on the node whose processor touched its
     * first page, and so, mostly, is that page: tables are taken to lie where the process' own pages lie, and every thread to read
     * all of them alike.
     *
     * @return empty where pages or threads are not known
     */
    public Optional<Double> remoteWalkShare() {
        if (maps.isEmpty() || threadsOfNode.isEmpty()) {
            return Optional.empty();
        }
        Map<Integer, Long> pages = maps.get().privateBytesOfNode();
        double all = pages.values().stream().mapToLong(bytes -> bytes).sum();
        double threads =
                threadsOfNode.values().stream().mapToInt(count -> count).sum();
        if (all == 0) {
            return Optional.empty();
        }
        double local = 0;
        for (Map.Entry<Integer, Integer> entry : threadsOfNode.entrySet()) {
            local += entry.getValue() / threads * pages.getOrDefault(entry.getKey(), 0L) / all;
        }
        return Optional.of(1 - local);
    }
}
