package dev.mitosis.shim.numactl.logging;

import org.jspecify.annotations.Nullable;

/** Prints what went wrong, a line on standard error each, and nothing else. */
public final class Logger {
    private static final Logger ONLY = new Logger();

    private Logger() {}

    public static Logger getLogger(String name) {
        return ONLY;
    }

    public boolean isLoggable(Level level) {
        return level.isPrinted();
    }

    public void log(Level level, String message) {
        print(level, message);
    }

    public void log(Level level, String message, @Nullable Object argument) {
        log(level, message, new @Nullable Object[] {argument});
    }

    public void log(Level level, String message, @Nullable Object[] arguments) {
        String text = message;
        for (int i = 0; i < arguments.length; i++) {
            text = text.replace("{" + i + "}", String.valueOf(arguments[i]));
        }
        print(level, text);
    }

    public void log(Level level, String message, @Nullable Throwable cause) {
        print(level, cause == null ? message : message + ": " + cause);
    }

    private static void print(Level level, String text) {
        if (level.isPrinted()) {
            System.err.println("numactl: " + text);
        }
    }
}
