package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.lab.replay.GrowthWatcher;
import dev.mitosis.workloads.recorder.Recorder;
import dev.mitosis.workloads.recorder.RecorderException;
import dev.mitosis.workloads.recorder.RecorderSettings;
import dev.mitosis.workloads.recorder.ScratchFolder;
import dev.mitosis.workloads.recorder.stream.RecordingResult;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.PartialFile;
import dev.mitosis.workloads.trace.TraceFileReader;
import dev.mitosis.workloads.trace.TraceFileWriter;
import dev.mitosis.workloads.trace.TraceSink;
import dev.mitosis.workloads.trace.sampling.LastAccesses;
import dev.mitosis.workloads.trace.sampling.Sampler;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A program recorded into a trace file, all of it or as much as a plan keeps.
 *
 * <p>Until it is whole the file is {@code FILE.part}. When the recorder is killed, or the disk is full, what was recorded until then
 * is there and can be replayed.
 *
 * @param recording what was recorded
 * @param result how the program ended
 * @param broken why the trace could not be written to its end, or null; it then is {@code FILE.part}
 */
public record ProgramRecording(Recording recording, RecordingResult result, @Nullable IOException broken) {

    /** Why the trace could not be written to its end. */
    public Optional<IOException> failure() {
        return Optional.ofNullable(broken);
    }

    /** Records a program; {@code progress} hears how many accesses it has made. */
    public static ProgramRecording record(List<String> argv, Path trace, SamplingPlan plan, LongConsumer progress)
            throws IOException {
        return record(argv, trace, plan, RecorderSettings.DEFAULT, progress);
    }

    /** The same, recorded as the settings say. */
    public static ProgramRecording record(
            List<String> argv, Path trace, SamplingPlan plan, RecorderSettings settings, LongConsumer progress)
            throws IOException {
        String program = String.join(" ", argv);
        PartialFile file = PartialFile.visible(trace);
        IOException broken;
        RecordingResult result;
        try (file;
                TraceFileWriter writer = new TraceFileWriter(file)) {
            GrowthWatcher growth = new GrowthWatcher(writer);
            result = record(argv, growth, plan, trace, settings, progress);
            broken = result.failure().orElse(null);
            if (result.accesses() == 0 && broken == null) {
                throw nothingRecorded(argv, result);
            }
            if (broken == null) {
                try {
                    writer.commit();
                    return new ProgramRecording(
                            WhatIf.recording(program, trace, growth, result.seconds()), result, null);
                } catch (IOException full) {
                    broken = full;
                }
            }
            if (plan.last() > 0 || growth.accesses() == 0 || file.isWrittenInPlace()) {
                throw broken;
            }
            file.keep();
        }
        Path part = PartialFile.part(trace);
        GrowthWatcher kept = new GrowthWatcher(new DiscardingSink());
        new TraceFileReader(part).replay(kept);
        if (kept.accesses() == 0) {
            Files.deleteIfExists(part);
            throw broken;
        }
        return new ProgramRecording(WhatIf.recording(program, part, kept, result.seconds()), result, broken);
    }

    /** A trace of nothing would take the place of a good one. */
    private static RecorderException nothingRecorded(List<String> argv, RecordingResult result) {
        int status = result.status();
        return new RecorderException(
                status == 0 ? RecorderException.FAILED : status,
                argv.get(0) + ": nothing was recorded: it ended with exit code " + status
                        + " before its first memory access");
    }

    private static RecordingResult record(
            List<String> argv,
            TraceSink to,
            SamplingPlan plan,
            Path trace,
            RecorderSettings settings,
            LongConsumer progress)
            throws IOException {
        if (plan.last() > 0) {
            try (ScratchFolder folder = ScratchFolder.in(PartialFile.folder(trace));
                    LastAccesses last = new LastAccesses(to, plan.last(), folder.path())) {
                return Recorder.record(argv, counting(last, progress), settings, () -> false);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        Sampler sampler = plan.isEverything() ? null : new Sampler(to, plan);
        return Recorder.record(
                argv,
                counting(sampler == null ? to : sampler, progress),
                settings,
                () -> sampler != null && plan.first() > 0 && sampler.clock() >= plan.first());
    }

    private static TraceSink counting(TraceSink next, LongConsumer progress) {
        return new ForwardingSink(next) {
            private long accesses;

            @Override
            public void accesses(int process, int thread, AccessBatch batch) {
                super.accesses(process, thread, batch);
                accesses += batch.rawAccesses();
                progress.accept(accesses);
            }
        };
    }

    /** Keeps of a trace file what a plan keeps, in another file. */
    public static Recording thin(Recording whole, Path to, SamplingPlan plan) throws IOException {
        long started = System.nanoTime();
        try (TraceFileWriter writer = new TraceFileWriter(to)) {
            GrowthWatcher growth = new GrowthWatcher(writer);
            if (plan.last() > 0) {
                try (ScratchFolder folder = ScratchFolder.in(PartialFile.folder(to));
                        LastAccesses last = new LastAccesses(growth, plan.last(), folder.path())) {
                    new TraceFileReader(whole.trace()).replay(last);
                }
            } else {
                new TraceFileReader(whole.trace()).replay(new Sampler(growth, plan));
            }
            writer.commit();
            double seconds = (System.nanoTime() - started) / 1e9;
            return WhatIf.recording(whole.program(), to, growth, seconds);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** What a reader of an answer from it should know, besides how the program ended. */
    public List<String> notes(SamplingPlan plan) {
        List<String> notes = new ArrayList<>(result.notes());
        if (broken != null) {
            notes.add(broken.getMessage() + "; the answer is for what was recorded before");
        } else if (plan.first() > 0 && !result.isWhole()) {
            notes.add(String.format(Locale.ROOT, "the first %,d accesses were recorded", recording.accesses()));
        } else if (!result.isWhole()) {
            notes.add("the recording was ended before the program was; the answer is for what was recorded until then");
        }
        return notes;
    }
}
