package dev.mitosis.lab.counters;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What events of perf count, by name: {@code events.csv}, a line an event, each with its source. */
final class EventTable {
    private static final String FILE = "events.csv";
    private static final int COLUMNS = 4;

    private final Map<String, Event> events;

    private EventTable(Map<String, Event> events) {
        this.events = events;
    }

    /** How much of its quantity an event is. */
    enum Kind {
        WHOLE,
        PART,
        IGNORED
    }

    /**
     * An event.
     *
     * @param name without unit and modifier
     * @param source of what is said of it; of an ignored one the reason
     */
    record Event(String name, Quantity quantity, Kind kind, String source) {}

    static EventTable load() {
        try (InputStream in = EventTable.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is part of the product");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static EventTable parse(String text) {
        Map<String, Event> events = new HashMap<>();
        int line = 0;
        for (String row : text.split("\n", -1)) {
            line++;
            if (row.isBlank() || row.startsWith("#")) {
                continue;
            }
            List<String> cells = List.of(row.split(",", COLUMNS));
            try {
                Event event = new Event(
                        cells.get(0),
                        Quantity.valueOf(cells.get(1)),
                        Kind.valueOf(cells.get(2).toUpperCase(Locale.ROOT)),
                        cells.get(3));
                if (events.put(event.name(), event) != null) {
                    throw new IllegalArgumentException("a second line");
                }
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new IllegalArgumentException(FILE + ":" + line + ": not an event: " + row, e);
            }
        }
        return new EventTable(events);
    }

    /** The event that perf printed: with or without its unit ({@code cpu_core/cycles/}) and modifiers ({@code :u}). */
    Optional<Event> find(String printed) {
        return Optional.ofNullable(events.get(nameOf(printed)));
    }

    /** The name alone, in lower case. */
    static String nameOf(String printed) {
        String name = printed.toLowerCase(Locale.ROOT);
        int slash = name.indexOf('/');
        if (slash >= 0) {
            int end = name.indexOf('/', slash + 1);
            name = name.substring(slash + 1, end < 0 ? name.length() : end);
        }
        int colon = name.indexOf(':');
        return colon < 0 ? name : name.substring(0, colon);
    }

    /** Whether only user mode was counted: {@code cycles:u}, {@code cpu/cycles/u}, {@code cycles:upp}. */
    static boolean isUserOnly(String printed) {
        int after = Math.max(printed.lastIndexOf('/'), printed.lastIndexOf(':'));
        if (after < 0) {
            return false;
        }
        String modifiers = printed.substring(after + 1);
        return modifiers.matches("[ukhGHpPSDWeIb]*") && modifiers.contains("u") && !modifiers.contains("k");
    }
}
