package dev.mitosis.shim.numactl;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a command line into options and a program, as the C library's getopt_long does with a leading {@code +}: the first
 * argument that is no option ends them, letters may stand together, long names may be abbreviated.
 *
 * <p>Source: getopt_long(3).
 */
final class Getopt {
    /**
     * One option.
     *
     * @param option null where the command line is wrong from here on; then {@code value} is the message
     */
    record Found(@Nullable NumactlOption option, String value) {}

    private final String[] args;
    private final List<Found> found = new ArrayList<>();
    private int next;
    private boolean wrong;

    private Getopt(String[] args) {
        this.args = args;
    }

    /** Where options end; they stop at the first mistake. */
    static Getopt parse(String[] args) {
        Getopt getopt = new Getopt(args);
        getopt.parse();
        return getopt;
    }

    List<Found> options() {
        return found;
    }

    boolean has(NumactlOption option) {
        return find(option) != null;
    }

    /** The last value given for an option, or null. */
    @Nullable
    String find(NumactlOption option) {
        String value = null;
        for (Found one : found) {
            if (one.option() == option) {
                value = one.value();
            }
        }
        return value;
    }

    /** The index of the program among the arguments; their number if there is none. */
    int programIndex() {
        return next;
    }

    private void parse() {
        while (next < args.length && !wrong) {
            String arg = args[next];
            if (arg.length() < 2 || arg.charAt(0) != '-') {
                return;
            }
            next++;
            if (arg.equals("--")) {
                return;
            }
            if (arg.charAt(1) == '-') {
                longOption(arg.substring(2));
            } else {
                letters(arg);
            }
        }
    }

    private void letters(String arg) {
        for (int i = 1; i < arg.length() && !wrong; i++) {
            NumactlOption option = ofLetter(arg.charAt(i));
            if (option == null) {
                mistake("invalid option -- '" + arg.charAt(i) + "'");
            } else if (!option.takesArgument()) {
                found.add(new Found(option, ""));
            } else if (i + 1 < arg.length()) {
                found.add(new Found(option, arg.substring(i + 1)));
                return;
            } else if (next < args.length) {
                found.add(new Found(option, args[next++]));
                return;
            } else {
                mistake("option requires an argument -- '" + arg.charAt(i) + "'");
            }
        }
    }

    private static @Nullable NumactlOption ofLetter(char letter) {
        for (NumactlOption option : NumactlOption.values()) {
            if (option.letter() == letter && letter != '\0') {
                return option;
            }
        }
        return null;
    }

    private void longOption(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        List<NumactlOption> matches = matches(name);
        if (matches.isEmpty()) {
            mistake("unrecognized option '--" + text + "'");
        } else if (matches.size() > 1) {
            StringBuilder message = new StringBuilder("option '--" + text + "' is ambiguous; possibilities:");
            for (NumactlOption match : matches) {
                message.append(" '--").append(match.longName()).append('\'');
            }
            mistake(message.toString());
        } else {
            take(matches.get(0), equals < 0 ? null : text.substring(equals + 1));
        }
    }

    private void take(NumactlOption option, @Nullable String value) {
        if (!option.takesArgument()) {
            if (value == null) {
                found.add(new Found(option, ""));
            } else {
                mistake("option '--" + option.longName() + "' doesn't allow an argument");
            }
        } else if (value != null) {
            found.add(new Found(option, value));
        } else if (next < args.length) {
            found.add(new Found(option, args[next++]));
        } else {
            mistake("option '--" + option.longName() + "' requires an argument");
        }
    }

    private static List<NumactlOption> matches(String name) {
        List<NumactlOption> original = new ArrayList<>();
        List<NumactlOption> added = new ArrayList<>();
        for (NumactlOption option : NumactlOption.values()) {
            if (option.longName().equals(name)) {
                return List.of(option);
            }
            // "help" is no abbreviation's meaning: --he was always a mistake.
            if (option.longName().startsWith(name) && option != NumactlOption.HELP) {
                (option.isOriginal() ? original : added).add(option);
            }
        }
        return original.isEmpty() ? added : original;
    }

    private void mistake(String message) {
        found.add(new Found(null, message));
        wrong = true;
    }
}
