package dev.mitosis.shim.command;

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
                new NumactlCommand(),
                new WhatIfCommand(),
                new RecordCommand(),
                new ReplayCommand(),
                new ConvertCommand(),
                new RunCommand(),
                new ReproduceCommand(),
                new DumpPtCommand(),
                new TopologyCommand(),
                new CalibrateCommand(),
                new InspectCommand(),
                new DiscoverCommand());
    }
}
