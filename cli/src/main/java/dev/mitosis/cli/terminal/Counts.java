package dev.mitosis.cli.terminal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers as people type them: {@code 500000}, {@code 50M}, {@code 2G}. */
public final class Counts {
    private static final Pattern COUNT = Pattern.compile("([1-9][0-9]{0,11})([kMG]?)");

    private Counts() {}

    public static long parse(String option, String text) {
        Matcher matcher = COUNT.matcher(text);
        if (!matcher.matches()) {
            throw CommandException.usage(option + " is a number such as 500000, 50M or 2G, not '" + text + "'");
        }
        long factor =
                switch (matcher.group(2)) {
                    case "k" -> 1_000;
                    case "M" -> 1_000_000;
                    case "G" -> 1_000_000_000;
                    default -> 1;
                };
        return Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
    }
}
