package dev.mitosis.halnative.files;

import java.util.BitSet;
import java.util.Optional;

/**
 * The values in small files of the kernel's: sets, and numbers.
 *
 * <p>Errors: a file that the kernel could not have written is an {@link IllegalArgumentException} that names it.
 */
public final class SysfsValues {
    private final SystemFiles files;

    public SysfsValues(SystemFiles files) {
        this.files = files;
    }

    /** A set as hexadecimal words; empty where there is no such file. */
    public Optional<BitSet> mask(String path) {
        return set(path, true);
    }

    /** A set as a list of ranges; empty where there is no such file. */
    public Optional<BitSet> list(String path) {
        return set(path, false);
    }

    private Optional<BitSet> set(String path, boolean isWords) {
        Optional<String> text = files.read(path);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(isWords ? Bitmasks.parseWords(text.get()) : Bitmasks.parseList(text.get()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    /** A decimal number; -1 where there is no such file, or no such number in it. */
    public long number(String path) {
        String text = files.read(path).orElse("").strip();
        return isNumber(text, 0, 15) ? Long.parseLong(text) : -1;
    }

    /** A number that counts or numbers things; -1 where there is none, or none of 31 bits, as the kernel says by -1 itself. */
    public int index(String path) {
        long number = number(path);
        return number > Integer.MAX_VALUE ? -1 : (int) number;
    }

    /** The number in a name such as {@code node12}; -1 where it is another name. */
    public static int suffix(String name, String prefix) {
        return name.startsWith(prefix) && isNumber(name, prefix.length(), 7)
                ? Integer.parseInt(name.substring(prefix.length()))
                : -1;
    }

    private static boolean isNumber(String text, int from, int mostDigits) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() > from && text.length() - from <= mostDigits;
    }
}
