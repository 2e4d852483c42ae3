package dev.mitosis.shim.numactl;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A reader of options with the rules and the messages of getopt_long(3): short ones may stand together, long ones may be shortened
 * while they are unambiguous, and the first word that is no option ends them.
 */
final class LongOptions {
    /** An option: its letter, its long name, and whether it takes an argument. */
    record Option(char letter, String name, boolean takesArgument) {}

    /** An option as it was found. */
    record Found(char letter, String argument) {}

    private final List<Option> options;
    private final Terminal terminal;
    private final List<String> words;
    private int next;
    /** Letters of the word under way that were not looked at. */
    private String letters = "";

    LongOptions(List<Option> options, List<String> words, Terminal terminal) {
        this.options = options;
        this.words = words;
        this.terminal = terminal;
    }

    /** The next option, or null when the program begins. */
    @Nullable
    Found next() {
        if (!letters.isEmpty()) {
            return letter();
        }
        if (next >= words.size()
                || !words.get(next).startsWith("-")
                || words.get(next).equals("-")) {
            return null;
        }
        String word = words.get(next++);
        if (word.equals("--")) {
            return null;
        }
        if (word.startsWith("--")) {
            return longOption(word.substring(2));
        }
        letters = word.substring(1);
        return letter();
    }

    /** What follows the options. */
    List<String> rest() {
        return words.subList(next, words.size());
    }

    private Found letter() {
        char letter = letters.charAt(0);
        letters = letters.substring(1);
        for (Option option : options) {
            if (option.letter() == letter) {
                return option.takesArgument() ? new Found(letter, letterArgument(letter)) : new Found(letter, "");
            }
        }
        terminal.error("numactl: invalid option -- '" + letter + "'");
        throw terminal.usage();
    }

    private String letterArgument(char letter) {
        if (!letters.isEmpty()) {
            String argument = letters;
            letters = "";
            return argument;
        }
        if (next >= words.size()) {
            terminal.error("numactl: option requires an argument -- '" + letter + "'");
            throw terminal.usage();
        }
        return words.get(next++);
    }

    private Found longOption(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        Option option = find(name);
        if (!option.takesArgument()) {
            if (equals >= 0) {
                terminal.error("numactl: option '--" + option.name() + "' doesn't allow an argument");
                throw terminal.usage();
            }
            return new Found(option.letter(), "");
        }
        if (equals >= 0) {
            return new Found(option.letter(), text.substring(equals + 1));
        }
        if (next >= words.size()) {
            terminal.error("numactl: option '--" + option.name() + "' requires an argument");
            throw terminal.usage();
        }
        return new Found(option.letter(), words.get(next++));
    }

    private Option find(String name) {
        List<Option> possible = new ArrayList<>();
        for (Option option : options) {
            if (option.name().equals(name)) {
                return option;
            }
            if (option.name().startsWith(name)) {
                possible.add(option);
            }
        }
        if (possible.size() == 1) {
            return possible.get(0);
        }
        if (possible.isEmpty()) {
            terminal.error("numactl: unrecognized option '--" + name + "'");
        } else {
            terminal.error("numactl: option '--" + name + "' is ambiguous; possibilities: "
                    + possible.stream()
                            .map(option -> "'--" + option.name() + "'")
                            .collect(Collectors.joining(" ")));
        }
        throw terminal.usage();
    }
}
