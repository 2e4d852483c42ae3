package dev.mitosis.workloads.recorder;

/**
 * How long who waits for whom.
 *
 * @param patienceSeconds how long the recorder may stand still before the program goes on unrecorded
 * @param graceMillis how long the program may take to end by itself after an interrupt
 */
public record RecorderSettings(int patienceSeconds, int graceMillis) {
    public static final RecorderSettings DEFAULT = new RecorderSettings(30, 5_000);

    public RecorderSettings {
        if (patienceSeconds < 1 || graceMillis < 0) {
            throw new IllegalArgumentException(patienceSeconds + " s of patience, " + graceMillis + " ms of grace");
        }
    }
}
