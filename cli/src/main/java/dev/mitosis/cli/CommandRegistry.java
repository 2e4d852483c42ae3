package dev.mitosis.cli;

import dev.mitosis.cli.launcher.BenchCommand;
import dev.mitosis.cli.launcher.CheckCommand;
import dev.mitosis.cli.launcher.DocsCommand;
import dev.mitosis.cli.launcher.InstallCommand;
import dev.mitosis.cli.launcher.InstallLocalCommand;
import dev.mitosis.cli.launcher.NumactlCommand;
import dev.mitosis.cli.launcher.TestCommand;
import dev.mitosis.cli.machine.CalibrateCommand;
import dev.mitosis.cli.machine.DiscoverCommand;
import dev.mitosis.cli.machine.DoctorCommand;
import dev.mitosis.cli.machine.InspectCommand;
import dev.mitosis.cli.machine.TopologyCommand;
import dev.mitosis.cli.program.AdviseCommand;
import dev.mitosis.cli.program.ConvertCommand;
import dev.mitosis.cli.program.DemoCommand;
import dev.mitosis.cli.program.RecordCommand;
import dev.mitosis.cli.program.ReplayCommand;
import dev.mitosis.cli.program.WhatIfCommand;
import dev.mitosis.cli.simulation.DumpPtCommand;
import dev.mitosis.cli.simulation.ReproduceCommand;
import dev.mitosis.cli.simulation.RunCommand;
import dev.mitosis.cli.verify.VerifyCommand;
import java.util.List;

/** The subcommands that exist, in the order in which help shows them: one line each. */
public final class CommandRegistry {
    private CommandRegistry() {}

    /** New instances, because picocli writes the parsed options into them. */
    public static List<Object> commands() {
        return List.of(
                new DemoCommand(),
                new TestCommand(),
                new CheckCommand(),
                new BenchCommand(),
                new InstallCommand(),
                new InstallLocalCommand(),
                new DocsCommand(),
                new NumactlCommand(),
                new WhatIfCommand(),
                new AdviseCommand(),
                new VerifyCommand(),
                new RecordCommand(),
                new ReplayCommand(),
                new ConvertCommand(),
                new RunCommand(),
                new ReproduceCommand(),
                new DumpPtCommand(),
                new DoctorCommand(),
                new TopologyCommand(),
                new CalibrateCommand(),
                new InspectCommand(),
                new DiscoverCommand());
    }
}
