package dev.mitosis.workloads.recorder;

/**
 * How long who waits for whom, and which recorder is used.
 *
 * @param patienceSeconds how long the recorder may stand still before the program goes on unrecorded
 * @param graceMillis how long the program may take to end by itself after an interrupt
 * @param choice which recorder runs the program
 */
public record RecorderSettings(int patienceSeconds, int graceMillis, RecorderChoice choice) {
    public static final RecorderSettings DEFAULT = new RecorderSettings(30, 5_000, RecorderChoice.AUTO);

    public RecorderSettings {
        if (patienceSeconds < 1 || graceMillis < 0) {
            throw new IllegalArgumentException(patienceSeconds + " s of patience, " + graceMillis + " ms of grace");
        }
    }

    /** These settings with another recorder. */
    public RecorderSettings with(RecorderChoice other) {
        return new RecorderSettings(patienceSeconds, graceMillis, other);
    }
}
