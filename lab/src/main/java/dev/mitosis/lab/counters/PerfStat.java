package dev.mitosis.lab.counters;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mitosis.lab.counters.CounterLine.Status;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the output of {@code perf stat} apart: for people, separated ({@code -x}) or JSON ({@code -j}), with or without intervals
 * ({@code -I}), repeats ({@code -r}) and aggregation ({@code -A}, {@code --per-socket}, …), several outputs after each other.
 *
 * <p>Shape: pure; every line is one of the dialects, whatever its neighbours are. Lines of none of them are passed over and counted: perf
 * adds metrics, tables and hints with each release, and people keep its output between lines of their own.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line with file and line for a count that cannot be, and for a file without counts.
 *
 * <p>Source: Linux tools/perf/Documentation/perf-stat.txt, "CSV FORMAT", "JSON FORMAT"; output of perf 6.1.
 */
final class PerfStat {
    private static final String NUMBER = "[0-9][0-9.,'\u2019\u00a0\u202f]*";
    /** A processor, core, die, socket or node, or a thread: its name of 15 characters, which may have blanks, and its number. */
    private static final String AGGREGATE =
            "(?:summary|CPU\\d+|[SND]\\d+(?:-\\w+)*|\\S+-\\d+|[^\\s\\d](?:[^\\n]{0,14})-\\d+)";

    /** A line for people: time, aggregate and how many it is of, count, unit, event, control group, and notes on it. */
    private static final Pattern TEXT = Pattern.compile(
            "\\s*(?:(?<time>\\d+\\.\\d{9})\\s+)?(?:" + AGGREGATE
                    + "\\s+(?:\\d+\\s+(?=[0-9<]))?)?(?<count>-?" + NUMBER + "|<not counted>|<not supported>)\\s+"
                    + "(?:(?<unit>msec|ns|Joules|MiB|GHz|C|W)\\s+)?(?<event>[^\\s#(]*[A-Za-z][^\\s#]*)"
                    + "(?:\\s+[^\\s#(]\\S*)?\\s*(?:#[^(]*)?(?:\\(\\s*\\+-\\s*(?<spread>[0-9.,]+)%\\s*\\))?\\s*(?:\\((?<running>[0-9.,]+)%\\))?\\s*");

    private static final Pattern HEADER =
            Pattern.compile("\\s*Performance counter stats for .*?(?:\\((?<runs>\\d{1,6}) runs\\))?:?\\s*");
    private static final Pattern ELAPSED =
            Pattern.compile("\\s*[0-9.,]+(\\s+\\+-\\s+[0-9.,]+)?\\s+seconds\\s+(time elapsed|user|sys)\\b.*");
    private static final Pattern TIME = Pattern.compile("\\d+\\.\\d{9}");
    private static final Pattern WHOLE = Pattern.compile("\\d+");
    private static final List<String> SEPARATORS = List.of("\t", ",", ";", "|", ":", "^", "!");
    private static final List<String> HINTS =
            List.of("Some events weren't counted", "The events in group usually have to be");
    private static final int MOST_CHARACTERS = 4096;
    /** In JSON, a number as a locale with a decimal comma prints it. */
    private static final Pattern DECIMAL_COMMA = Pattern.compile("(:\\s*\\d+),(?=\\d+\\s*[,}])");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<CounterLine> lines = new ArrayList<>();
    private int number;
    private int sample;
    private int runs = 1;
    private int foreign;
    private boolean isInHint;

    /** The counts of a text, and how many of its lines are none of perf stat's. */
    record Parsed(List<CounterLine> lines, int foreignLines) {}

    private PerfStat() {}

    /** The counts in a text; the summaries that end intervals are left out. */
    static Parsed parse(String file, String text) {
        PerfStat reader = new PerfStat();
        for (Iterator<String> all = text.lines().iterator(); all.hasNext(); ) {
            String line = CountFields.inAsciiDigits(all.next());
            reader.number++;
            try {
                reader.line(line);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ":" + reader.number + ": " + e.getMessage(), e);
            }
        }
        if (reader.lines.isEmpty()) {
            throw new IllegalArgumentException(file + ": no counts of perf stat in it");
        }
        boolean hasIntervals = reader.lines.stream().anyMatch(line -> line.interval() >= 0);
        List<CounterLine> kept = reader.lines.stream()
                .filter(line -> !hasIntervals || line.interval() >= 0)
                .toList();
        return new Parsed(kept, reader.foreign);
    }

    private void line(String line) {
        if (line.length() > MOST_CHARACTERS) {
            foreign++;
            return;
        }
        if (line.isBlank()) {
            isInHint = false;
            return;
        }
        isInHint |= HINTS.stream().anyMatch(line.strip()::startsWith);
        Matcher header = HEADER.matcher(line);
        if (header.matches()) {
            sample++;
            runs = header.group("runs") == null ? 1 : Math.max(1, Integer.parseInt(header.group("runs")));
        } else if (isInHint
                || line.strip().startsWith("#")
                || ELAPSED.matcher(line).matches()) {
            return;
        } else if (line.strip().startsWith("{")) {
            json(line.strip());
        } else if (!separated(line) && !text(line)) {
            foreign++;
        }
    }

    private boolean text(String line) {
        Matcher parts = TEXT.matcher(line);
        if (!parts.matches()) {
            return false;
        }
        String count = parts.group("count");
        Status status = CountFields.status(count);
        String time = parts.group("time");
        String spread = parts.group("spread");
        String running = parts.group("running");
        add(
                time == null ? -1 : Double.parseDouble(time),
                status,
                status == Status.COUNTED ? CountFields.grouped(count, parts.group("unit") != null) : -1,
                parts.group("event"),
                running == null ? 100 : CountFields.percent(running),
                spread == null ? -1 : CountFields.spread(spread));
        return true;
    }

    /** A line for programs: false where no separator makes it one. */
    private boolean separated(String line) {
        for (String separator : SEPARATORS) {
            String[] fields = line.strip().equals(line) && line.startsWith(separator)
                    ? line.split(Pattern.quote(separator), -1)
                    : line.strip().split(Pattern.quote(separator), -1);
            if (fields.length >= 5 && separated(fields, separator)) {
                return true;
            }
        }
        return false;
    }

    private boolean separated(String[] fields, String separator) {
        int at = 0;
        double interval = -1;
        if (TIME.matcher(fields[0]).matches()) {
            interval = Double.parseDouble(fields[at++]);
        }
        if (fields[at].strip().matches(AGGREGATE)) {
            at++;
            boolean isCounted = at + 3 < fields.length
                    && WHOLE.matcher(fields[at].strip()).matches()
                    && isCount(fields[at + 1].strip())
                    && isEvent(fields[at + 3]);
            at += isCounted ? 1 : 0;
        }
        if (at + 3 >= fields.length) {
            return false;
        }
        String count = fields[at].strip();
        if (count.isEmpty()) {
            return fields[at + 1].isBlank(); // a further metric of the line before
        }
        if (!isCount(count) || !isEvent(fields[at + 2])) {
            return false;
        }
        StringBuilder event = new StringBuilder(fields[at + 2].strip());
        int next = at + 3;
        while (event.chars().filter(c -> c == '/').count() == 1 && next < fields.length) {
            event.append(separator).append(fields[next++].strip()); // cpu/event=0x08,umask=0x10/
        }
        if (next + 2 < fields.length && isControlGroup(fields[next].strip())) {
            next++;
        }
        double spread = -1;
        if (next < fields.length && fields[next].endsWith("%")) {
            spread = CountFields.spread(fields[next++]);
        }
        double running = 100;
        if (next + 1 < fields.length && !fields[next + 1].isBlank()) {
            CountFields.plain(fields[next].strip());
            running = CountFields.percent(fields[next + 1].strip());
        }
        Status status = CountFields.status(count);
        add(
                interval,
                status,
                status == Status.COUNTED ? CountFields.plain(count) : -1,
                event.toString(),
                running,
                spread);
        return true;
    }

    /** What stands between event and running time with {@code -G} and {@code --for-each-cgroup}: a path, which is no number. */
    private static boolean isControlGroup(String field) {
        return isEvent(field) && !field.endsWith("%") && (field.contains("/") || field.contains("."));
    }

    private void json(String line) {
        JsonNode node;
        try {
            node = JSON.readTree(DECIMAL_COMMA.matcher(line).replaceAll("$1."));
        } catch (JsonProcessingException e) {
            foreign++;
            return;
        }
        String event = node.path("event").asText("");
        if (!node.has("counter-value") || !isEvent(event)) {
            // A further metric of the line before, or another program's object.
            foreign += node.has("metric-value") ? 0 : 1;
            return;
        }
        String count = node.path("counter-value").asText("").strip();
        Status status = CountFields.status(count);
        add(
                node.has("interval") ? CountFields.plain(node.path("interval").asText("")) : -1,
                status,
                status == Status.COUNTED ? CountFields.plain(count) : -1,
                event.strip(),
                node.has("pcnt-running")
                        ? CountFields.percent(node.path("pcnt-running").asText(""))
                        : 100,
                node.has("variance") ? CountFields.spread(node.path("variance").asText("")) : -1);
    }

    private void add(double interval, Status status, double count, String event, double running, double spread) {
        lines.add(new CounterLine(number, sample, interval, status, count, event, running, spread, runs));
    }

    private static boolean isCount(String field) {
        return field.startsWith("<not ")
                ? CountFields.status(field) != Status.COUNTED
                : field.matches("-?\\d+(\\.\\d+)?");
    }

    private static boolean isEvent(String field) {
        return field.chars().anyMatch(Character::isLetter);
    }
}
