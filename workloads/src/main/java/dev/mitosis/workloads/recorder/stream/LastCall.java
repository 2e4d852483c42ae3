package dev.mitosis.workloads.recorder.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of system calls, by the numbers of x86-64, from the header of this machine; where there is none, the number. */
final class LastCall {
    /** No call was seen. */
    static final int NONE = -1;

    private static final Path HEADER = Path.of("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
    private static final Pattern LINE = Pattern.compile("#define __NR_(\\w+) (\\d+)");

    private LastCall() {}

    static String name(int number) {
        if (number == NONE) {
            return "none was seen";
        }
        String text = "";
        if (Files.isReadable(HEADER)) {
            try {
                text = Files.readString(HEADER, StandardCharsets.UTF_8);
            } catch (IOException unreadable) {
                return "number " + number;
            }
        }
        Matcher lines = LINE.matcher(text);
        while (lines.find()) {
            if (Integer.parseInt(lines.group(2)) == number) {
                return lines.group(1);
            }
        }
        return "number " + number;
    }
}
