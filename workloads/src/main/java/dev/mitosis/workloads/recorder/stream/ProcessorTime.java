package dev.mitosis.workloads.recorder.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has used of processors. Source: proc_pid_stat(5), fields 14 and 15. */
public final class ProcessorTime {
    private static final int USER_TIME = 11;
    /** A clock tick of /proc is a hundredth of a second on every Linux that Java runs on. */
    private static final int MILLIS_A_TICK = 10;

    private ProcessorTime() {}

    /** User and system time in milliseconds; -1 when there is no such process. */
    public static long millis(long pid) {
        String line;
        try {
            line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return -1;
        }
        // The name of the program, in parentheses, may hold anything.
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[USER_TIME + 1])) * MILLIS_A_TICK;
    }
}
