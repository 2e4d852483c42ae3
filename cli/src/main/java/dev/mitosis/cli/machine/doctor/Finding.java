package dev.mitosis.cli.machine.doctor;

/**
 * One thing that a machine can do, can do in part, or cannot do.
 *
 * @param subject what is looked at
 * @param state whether it works
 * @param fact what was found
 * @param enables what it is good for
 * @param remedy what to type to get it; empty where it works, or where nothing can be done
 */
public record Finding(String subject, State state, String fact, String enables, String remedy) {
    /** Whether it works. */
    public enum State {
        YES,
        PARTLY,
        NO
    }

    static Finding yes(String subject, String fact, String enables) {
        return new Finding(subject, State.YES, fact, enables, "");
    }

    static Finding partly(String subject, String fact, String enables, String remedy) {
        return new Finding(subject, State.PARTLY, fact, enables, remedy);
    }

    static Finding no(String subject, String fact, String enables, String remedy) {
        return new Finding(subject, State.NO, fact, enables, remedy);
    }
}
