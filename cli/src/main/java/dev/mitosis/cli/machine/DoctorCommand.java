package dev.mitosis.cli.machine;

import dev.mitosis.cli.machine.doctor.Doctor;
import dev.mitosis.cli.machine.doctor.DoctorReport;
import dev.mitosis.cli.machine.doctor.Finding;
import dev.mitosis.cli.machine.doctor.Programs;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibNuma;
import dev.mitosis.halnative.libc.LibcCalls;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code doctor}: what this machine can do. */
@Command(
        name = "doctor",
        description = "Says what this machine can and cannot do, and how to get what is missing. Changes nothing.",
        footer = {"", "Examples:", "  ./mitosis doctor", "  ./mitosis doctor --format json"})
public final class DoctorCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        List<Finding> findings =
                new Doctor(FolderFiles.host(), Programs.ofThisMachine(), new LibcCalls(), LibNuma.find()).look();
        Results.print(
                Specs.out(spec),
                output,
                "doctor",
                DoctorReport.text(findings),
                DoctorReport.json(findings),
                DoctorReport.csv(findings));
        return 0;
    }
}
