package dev.mitosis.workloads.recorder;

/**
 * How long who waits for whom, which recorder is used, and where the program's output goes.
 *
 * @param patienceSeconds how long the recorder may stand still before the program goes on unrecorded
 * @param graceMillis how long the program may take to end by itself after an interrupt
 * @param choice which recorder runs the program
 * @param output where the program's standard output goes
 */
public record RecorderSettings(int patienceSeconds, int graceMillis, RecorderChoice choice, ProgramOutput output) {
    public static final RecorderSettings DEFAULT = new RecorderSettings(30, 5_000, RecorderChoice.AUTO);

    public RecorderSettings {
        if (patienceSeconds < 1 || graceMillis < 0) {
            throw new IllegalArgumentException(patienceSeconds + " s of patience, " + graceMillis + " ms of grace");
        }
    }

    public RecorderSettings(int patienceSeconds, int graceMillis, RecorderChoice choice) {
        this(patienceSeconds, graceMillis, choice, ProgramOutput.INHERITED);
    }

    /** These settings with another recorder. */
    public RecorderSettings with(RecorderChoice other) {
        return new RecorderSettings(patienceSeconds, graceMillis, other, output);
    }

    /** These settings with the program's standard output elsewhere. */
    public RecorderSettings withOutput(ProgramOutput elsewhere) {
        return new RecorderSettings(patienceSeconds, graceMillis, choice, elsewhere);
    }
}
