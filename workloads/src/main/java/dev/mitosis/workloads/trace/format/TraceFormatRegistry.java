package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The trace formats that there are, one line each, in the order in which a file's content is tried: the strictest first. */
public final class TraceFormatRegistry {
    private TraceFormatRegistry() {}

    public static List<TraceFormat> formats() {
        return List.of(
                new MitosisFormat(),
                new LackeyFormat(),
                new DrviewFormat(),
                new MemtraceFormat(),
                new PerfMemFormat(),
                new PerfFormat(),
                new ChampSimFormat(ChampSimRecord.STANDARD),
                new ChampSimFormat(ChampSimRecord.CLOUDSUITE));
    }

    /** The names, separated by commas. */
    public static String names() {
        return formats().stream().map(TraceFormat::name).collect(Collectors.joining(", "));
    }

    /** The format of a name; {@link IllegalArgumentException} names those that there are. */
    public static TraceFormat find(String name) {
        return formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("unknown trace format '" + name + "'; there are " + names()));
    }

    /** The format of an open file: by its content, else by its name. */
    public static TraceFormat detect(TraceInput input) throws TraceException {
        byte[] head = input.head();
        for (TraceFormat format : formats()) {
            if (format.recognises(head, head.length)) {
                return format;
            }
        }
        Path fileName = input.file().getFileName();
        String name = fileName == null ? "" : fileName.toString().toLowerCase(Locale.ROOT);
        for (TraceFormat format : formats()) {
            if (name.contains(format.name())) {
                return format;
            }
        }
        throw new TraceException(input.file(), 0, "this begins like no trace; --from can name its format: " + names());
    }
}
