package dev.mitosis.workloads.trace;

import java.io.IOException;
import java.nio.file.Path;

/** A trace that is not what it should be: one line with the file and the byte, or the line, where that showed. */
public final class TraceException extends IOException {
    private static final long serialVersionUID = 1L;

    public TraceException(Path file, long position, String what) {
        super(file + ": byte " + position + ": " + what);
    }

    private TraceException(String line) {
        super(line);
    }

    /** Something wrong in a line of text, counted from 1. */
    public static TraceException atLine(Path file, long line, String what) {
        return new TraceException(file + ": line " + line + ": " + what);
    }
}
