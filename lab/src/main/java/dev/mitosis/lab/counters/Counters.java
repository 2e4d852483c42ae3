package dev.mitosis.lab.counters;

import dev.mitosis.lab.counters.CounterLine.Status;
import dev.mitosis.lab.counters.EventTable.Event;
import dev.mitosis.lab.counters.EventTable.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What hardware counted while a program ran, once or several times, in intervals or as a whole.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line, with file and line: a negative count, no sample with cycles; for a fit, none with
 * instructions too.
 *
 * @param samples that have cycles, and whatever any of them has
 * @param isUserOnly whether the kernel's work was not counted
 * @param notes what a reader of an answer should know: events that were not counted, or are not known; identities that do not hold
 */
public record Counters(List<CounterSample> samples, boolean isUserOnly, List<String> notes) {
    private static final long MAX_BYTES = 16 << 20;
    private static final double SELDOM_PERCENT = 99;
    private static final int SHOWN = 8;
    private static final String UNCOUNTED = "perf did not count ";

    public Counters {
        samples = List.copyOf(samples);
        notes = List.copyOf(notes);
    }

    /** Reads files; one named {@code -} is standard input. */
    public static Counters read(List<Path> files) throws IOException {
        Reader reader = new Reader();
        for (Path file : files) {
            boolean isInput = file.toString().equals("-");
            String name = isInput ? "standard input" : file.toString();
            reader.add(name, text(name, isInput ? System.in.readNBytes((int) MAX_BYTES + 1) : bytes(file)));
        }
        return reader.counters();
    }

    /** The same, for a fit: which is of cycles by the instruction. */
    public Counters requireInstructions() {
        if (samples.stream().anyMatch(sample -> sample.count(Quantity.INSTRUCTIONS) <= 0)) {
            throw new IllegalArgumentException(samples.get(0).name()
                    + ": a fit needs cycles and instructions of the same run, above zero"
                    + notes.stream()
                            .filter(note -> note.startsWith(UNCOUNTED))
                            .findFirst()
                            .map(note -> "; " + note)
                            .orElse(""));
        }
        return this;
    }

    static Counters parse(String file, String text) {
        Reader reader = new Reader();
        reader.add(file, text);
        return reader.counters();
    }

    private static byte[] bytes(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException(file + ": a directory, not the output of perf stat");
        }
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes((int) MAX_BYTES + 1);
        }
    }

    private static String text(String name, byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(name + ": larger than 16 MiB");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException other) {
            // A locale whose blank between groups of digits is one byte.
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            if (text.chars().anyMatch(c -> Character.isISOControl(c) && !Character.isWhitespace(c))) {
                throw new IllegalArgumentException(name + ": not a text file", other);
            }
            return text;
        }
    }

    /** Gathers lines of counts into samples of quantities. */
    private static final class Reader {
        private final EventTable table = EventTable.load();
        private final List<CounterSample> samples = new ArrayList<>();
        private final List<String> files = new ArrayList<>();
        private final Set<String> unknown = new TreeSet<>();
        private final Set<String> uncounted = new TreeSet<>();
        private final Set<String> ignored = new LinkedHashSet<>();
        private double leastRunning = 100;
        private int shared;
        private int foreign;
        private int userOnly;
        private int withKernel;

        void add(String file, String text) {
            files.add(file);
            Map<String, List<CounterLine>> bySample = new LinkedHashMap<>();
            PerfStat.Parsed parsed = PerfStat.parse(file, text);
            foreign += parsed.foreignLines();
            for (CounterLine line : parsed.lines()) {
                String name = line.interval() >= 0
                        ? String.format(Locale.ROOT, "%s at %.3f s", file, line.interval())
                        : file + (line.sample() > 1 ? " (" + line.sample() + ")" : "");
                bySample.computeIfAbsent(name, key -> new ArrayList<>()).add(line);
            }
            bySample.forEach(this::sample);
        }

        private void sample(String name, List<CounterLine> lines) {
            Map<Event, Double> counts = new LinkedHashMap<>();
            Map<Quantity, Double> spreads = new EnumMap<>(Quantity.class);
            int runs = 1;
            for (CounterLine line : lines) {
                Event event = table.find(line.event()).orElse(null);
                if (line.status() != Status.COUNTED) {
                    uncounted.add(line.event());
                } else if (event == null) {
                    unknown.add(line.event());
                } else if (event.kind() == Kind.IGNORED) {
                    ignored.add(line.event() + " (" + event.source() + ")");
                } else {
                    counts.merge(event, line.count(), Double::sum); // by socket, by thread, by kind of core
                    if (line.spread() >= 0) {
                        spreads.merge(event.quantity(), line.spread(), Math::max);
                    }
                    runs = Math.max(runs, line.runs());
                    running(line);
                }
            }
            Map<Quantity, Double> sums = new EnumMap<>(Quantity.class);
            for (Kind kind : List.of(Kind.PART, Kind.WHOLE)) {
                Set<Quantity> whole = EnumSet.noneOf(Quantity.class);
                counts.forEach((event, count) -> {
                    if (event.kind() != kind) {
                        return;
                    }
                    if (kind == Kind.PART) {
                        sums.merge(event.quantity(), count, Double::sum);
                    } else if (whole.add(event.quantity())) {
                        sums.put(event.quantity(), count); // the first of several names of the same
                    }
                });
            }
            samples.add(new CounterSample(name, sums, spreads, runs));
        }

        private void running(CounterLine line) {
            if (line.runningPercent() < SELDOM_PERCENT) {
                shared++;
                leastRunning = Math.min(leastRunning, line.runningPercent());
            }
            if (EventTable.isUserOnly(line.event())) {
                userOnly++;
            } else {
                withKernel++;
            }
        }

        Counters counters() {
            Set<Quantity> needed = EnumSet.of(Quantity.CYCLES);
            List<CounterSample> usable = usable(needed);
            if (usable.isEmpty()) {
                throw new IllegalArgumentException(String.join(", ", files)
                        + ": there are no cycles above zero in it"
                        + (uncounted.isEmpty() ? "" : "; " + UNCOUNTED + shown(uncounted)));
            }
            Set<Quantity> of = EnumSet.noneOf(Quantity.class);
            usable.forEach(sample -> of.addAll(sample.counts().keySet()));
            needed.addAll(of);
            List<CounterSample> complete = usable(needed);
            List<String> notes = new ArrayList<>();
            if (complete.isEmpty()) {
                complete = List.of(CounterSample.sum(usable));
                notes.add("no sample counts all events: they are put together by the "
                        + (CounterSample.haveInstructions(usable) ? "instruction" : "cycle")
                        + ", without an interval");
            } else if (complete.size() < samples.size()) {
                notes.add((samples.size() - complete.size()) + " of " + samples.size()
                        + " samples lack events that others have, and are left out");
            }
            describe(notes);
            notes.addAll(Identities.broken(CounterSample.sum(complete)));
            return new Counters(complete, withKernel == 0, notes);
        }

        private List<CounterSample> usable(Set<Quantity> needed) {
            return samples.stream()
                    .filter(sample -> sample.counts().keySet().containsAll(needed)
                            && sample.count(Quantity.CYCLES) > 0
                            && (!sample.has(Quantity.INSTRUCTIONS) || sample.count(Quantity.INSTRUCTIONS) > 0))
                    .toList();
        }

        private void describe(List<String> notes) {
            if (foreign > 0) {
                notes.add(foreign + (foreign == 1 ? " line is" : " lines are")
                        + " none of perf stat's counts, and passed over");
            }
            if (!uncounted.isEmpty()) {
                notes.add(UNCOUNTED + shown(uncounted));
            }
            if (!unknown.isEmpty()) {
                notes.add("events that are not known here: " + shown(unknown));
            }
            if (!ignored.isEmpty()) {
                notes.add("events that are not used: " + shown(ignored));
            }
            if (shared > 0) {
                notes.add(String.format(
                        Locale.ROOT,
                        "counters were shared: perf scaled up %d counts, of which one was counted for %.0f %% of the"
                                + " time only",
                        shared,
                        leastRunning));
            }
            if (userOnly > 0 && withKernel > 0) {
                notes.add("some events count user mode only (:u) and some the kernel too; they do not go together");
            }
        }

        private static String shown(Set<String> names) {
            String some = String.join(", ", names.stream().limit(SHOWN).toList());
            return names.size() <= SHOWN ? some : some + " and " + (names.size() - SHOWN) + " more";
        }
    }
}
