package dev.mitosis.halnative.libc;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Arguments and environment of this process as the bytes that they are, which Java's strings do not keep in every locale.
 *
 * <p>Source: proc(5), {@code cmdline} and {@code environ}: what the process was started with.
 */
public final class RawCommandLine {
    /** What the launcher puts before the name of a variable that the virtual machine must not see. */
    private static final byte[] KEPT = "MITOSIS_KEPT_".getBytes(StandardCharsets.US_ASCII);

    private RawCommandLine() {}

    /** The last arguments of this process, when {@code args} can be those; others are encoded as the locale says. */
    public static List<byte[]> last(List<String> args) {
        List<byte[]> raw = entries("/proc/self/cmdline");
        int count = args.size();
        if (raw.size() > count && matches(raw.subList(raw.size() - count, raw.size()), args)) {
            return List.copyOf(raw.subList(raw.size() - count, raw.size()));
        }
        return args.stream()
                .map(text -> text.getBytes(Charset.defaultCharset()))
                .toList();
    }

    /** The environment; what the launcher kept from the virtual machine, which would obey it and say so, has its own name again. */
    public static List<byte[]> environment() {
        List<byte[]> variables = new ArrayList<>();
        for (byte[] variable : entries("/proc/self/environ")) {
            boolean isKept = variable.length > KEPT.length && Arrays.equals(KEPT, Arrays.copyOf(variable, KEPT.length));
            variables.add(isKept ? Arrays.copyOfRange(variable, KEPT.length, variable.length) : variable);
        }
        return variables;
    }

    /** The entries of a file in which each ends with a zero byte; none where it cannot be read. */
    private static List<byte[]> entries(String file) {
        List<byte[]> entries = new ArrayList<>();
        try {
            byte[] all = Files.readAllBytes(Path.of(file));
            int first = 0;
            for (int i = 0; i < all.length; i++) {
                if (all[i] == 0) {
                    entries.add(Arrays.copyOfRange(all, first, i));
                    first = i + 1;
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return entries;
    }

    /** Whether these can be the same arguments: those of plain ASCII must be equal. */
    private static boolean matches(List<byte[]> raw, List<String> args) {
        for (int i = 0; i < raw.size(); i++) {
            byte[] bytes = raw.get(i);
            boolean ascii = true;
            for (byte b : bytes) {
                ascii &= b >= 0;
            }
            if (ascii && !new String(bytes, StandardCharsets.US_ASCII).equals(args.get(i))) {
                return false;
            }
        }
        return true;
    }
}
