package dev.mitosis.workloads.recorder;

import java.util.function.Consumer;

/**
 * How long who waits for whom, which recorder is used, and where the program's output goes.
 *
 * @param patienceSeconds how long the recorder may stand still before the program goes on unrecorded
 * @param graceMillis how long the program may take to end by itself after an interrupt
 * @param silenceSeconds how much processor time a process may use without a memory access before it is named
 * @param choice which recorder runs the program
 * @param output where the program's standard output goes
 * @param warnings takes what a user should know at once, a line each
 */
public record RecorderSettings(
        int patienceSeconds,
        int graceMillis,
        int silenceSeconds,
        RecorderChoice choice,
        ProgramOutput output,
        Consumer<String> warnings) {
    private static final int SILENCE_SECONDS = 60;

    public static final RecorderSettings DEFAULT = new RecorderSettings(30, 5_000, RecorderChoice.AUTO);

    public RecorderSettings {
        if (patienceSeconds < 1 || graceMillis < 0 || silenceSeconds < 1) {
            throw new IllegalArgumentException(patienceSeconds + " s of patience, " + graceMillis + " ms of grace, "
                    + silenceSeconds + " s of silence");
        }
    }

    public RecorderSettings(int patienceSeconds, int graceMillis, RecorderChoice choice) {
        this(
                patienceSeconds,
                graceMillis,
                SILENCE_SECONDS,
                choice,
                ProgramOutput.INHERITED,
                line -> System.err.println("mitosis: " + line));
    }

    /** These settings with another recorder. */
    public RecorderSettings with(RecorderChoice other) {
        return new RecorderSettings(patienceSeconds, graceMillis, silenceSeconds, other, output, warnings);
    }

    /** These settings with the program's standard output elsewhere. */
    public RecorderSettings withOutput(ProgramOutput elsewhere) {
        return new RecorderSettings(patienceSeconds, graceMillis, silenceSeconds, choice, elsewhere, warnings);
    }

    /** These settings with another time of silence, and warnings elsewhere. */
    public RecorderSettings withWarnings(int seconds, Consumer<String> elsewhere) {
        return new RecorderSettings(patienceSeconds, graceMillis, seconds, choice, output, elsewhere);
    }
}
