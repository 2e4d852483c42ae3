package dev.mitosis.workloads.recorder;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Which recorder is to run a program: one by name, or the first that can. */
public enum RecorderChoice {
    AUTO,
    VALGRIND,
    QEMU;

    /** The one of a name in any case. */
    public static RecorderChoice of(String name) throws RecorderException {
        for (RecorderChoice choice : values()) {
            if (choice.toString().equals(name.toLowerCase(Locale.ROOT))) {
                return choice;
            }
        }
        throw new RecorderException(
                RecorderException.FAILED, "no recorder is called '" + name + "': auto, valgrind and qemu are");
    }

    /** The recorder that runs the program; the refusals of all that were asked when none can. */
    RecorderBackend backend(ProgramFile program) throws RecorderException {
        List<String> refusals = new ArrayList<>();
        for (RecorderBackend backend : asked()) {
            String refusal = backend.refusal(program);
            if (refusal == null) {
                return backend;
            }
            refusals.add(refusal);
        }
        throw new RecorderException(RecorderException.FAILED, String.join("; ", refusals));
    }

    private List<RecorderBackend> asked() {
        return switch (this) {
            case AUTO -> List.of(new ValgrindBackend(), new QemuBackend());
            case VALGRIND -> List.of(new ValgrindBackend());
            case QEMU -> List.of(new QemuBackend());
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
