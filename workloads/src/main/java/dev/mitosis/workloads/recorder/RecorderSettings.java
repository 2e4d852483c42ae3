package dev.mitosis.workloads.recorder;

/**
 * How long who waits for whom, and where the program's output goes.
 *
 * @param patienceSeconds how long the recorder may stand still before the program goes on unrecorded
 * @param graceMillis how long the program may take to end by itself after an interrupt
 * @param output where its standard output goes
 */
public record RecorderSettings(int patienceSeconds, int graceMillis, ProgramOutput output) {
    public static final RecorderSettings DEFAULT = new RecorderSettings(30, 5_000);

    public RecorderSettings {
        if (patienceSeconds < 1 || graceMillis < 0) {
            throw new IllegalArgumentException(patienceSeconds + " s of patience, " + graceMillis + " ms of grace");
        }
    }

    public RecorderSettings(int patienceSeconds, int graceMillis) {
        this(patienceSeconds, graceMillis, ProgramOutput.INHERITED);
    }

    /** The same with the program's standard output elsewhere. */
    public RecorderSettings withOutput(ProgramOutput elsewhere) {
        return new RecorderSettings(patienceSeconds, graceMillis, elsewhere);
    }
}
