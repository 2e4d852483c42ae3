package dev.mitosis.shim.numactl.logging;

/** How bad something is. */
public final class Level {
    public static final Level FINER = new Level(false);
    public static final Level FINE = new Level(false);
    public static final Level INFO = new Level(false);
    public static final Level WARNING = new Level(true);
    public static final Level SEVERE = new Level(true);

    private final boolean isPrinted;

    private Level(boolean isPrinted) {
        this.isPrinted = isPrinted;
    }

    boolean isPrinted() {
        return isPrinted;
    }
}
