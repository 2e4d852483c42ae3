package dev.mitosis.cli.program;

import dev.mitosis.cli.simulation.MachineOptions;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.whatif.Answer;
import dev.mitosis.lab.whatif.Placement;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.Scenario;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.workloads.recorder.ProgramOutput;
import dev.mitosis.workloads.recorder.RecorderException;
import dev.mitosis.workloads.recorder.RecorderSettings;
import dev.mitosis.workloads.trace.PartialFile;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The two halves of every comparison: record a program, then simulate it under the policies. */
final class Comparison {
    private Comparison() {}

    static WhatIf of(MachineOptions machine, PolicyOptions policies, PlacementOptions placement, RunOptions run) {
        MachineProfile profile = machine.profile();
        Optional<Placement> placed = placement.placement(profile.topology());
        List<Scenario> scenarios = policies.scenarios();
        if (placed.isPresent() && !scenarios.isEmpty()) {
            throw CommandException.usage(
                    "--scenario cannot stand beside -N, -C, -m, -i, -w, -p, -P or -l, which place the program too; leave one of them out");
        }
        try {
            return new WhatIf(
                            profile,
                            policies.settings(),
                            policies.policies(profile.nodes()),
                            scenarios,
                            run.seed(),
                            run.threads())
                    .inGuest(policies.isInGuest())
                    .placed(placed);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }

    /** Records into a file as much as a plan keeps; a program that cannot be recorded ends with a shell's exit code for it. */
    static ProgramRecording record(
            List<String> argv, Path trace, SamplingPlan plan, RecorderOptions recorder, ProgramOutput output)
            throws IOException {
        RecorderSettings settings =
                RecorderSettings.DEFAULT.with(recorder.choice()).withOutput(output);
        try (Progress progress = Progress.of("recording", -1, "M", 1_000_000)) {
            return ProgramRecording.record(argv, trace, plan, settings, progress::to);
        } catch (RecorderException e) {
            throw CommandException.withExitCode(e.exitCode(), String.valueOf(e.getMessage()));
        }
    }

    static Answer simulate(WhatIf whatIf, Recording recording, List<String> notes) throws IOException {
        if (recording.accesses() == 0) {
            throw CommandException.failure(recording.program() + " made no memory access that could be recorded");
        }
        try (Progress progress = Progress.of("simulating", whatIf.work(recording), "M", 1_000_000)) {
            return whatIf.answer(recording, notes, progress::to);
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
    }

    /** A private place for a trace that nobody asked to keep. */
    static Path temporaryTrace() throws IOException {
        Path trace = Files.createTempFile("mitosis-", ".mtrace");
        trace.toFile().deleteOnExit();
        PartialFile.part(trace).toFile().deleteOnExit();
        return trace;
    }

    /** Deletes such a trace, also one that did not become whole. */
    static void delete(Path trace) throws IOException {
        Files.deleteIfExists(PartialFile.part(trace));
        Files.deleteIfExists(trace);
    }

    /** What a user should know of how the program and its recording ended. */
    static List<String> notes(ProgramRecording recorded, SamplingPlan plan) {
        List<String> notes = recorded.notes(plan);
        int status = recorded.result().status();
        if (status == 0) {
            return notes;
        }
        String end = status > 128
                ? "the program was killed by signal " + (status - 128)
                : "the program ended with exit code " + status;
        return Stream.concat(Stream.of(end), notes.stream()).toList();
    }
}
