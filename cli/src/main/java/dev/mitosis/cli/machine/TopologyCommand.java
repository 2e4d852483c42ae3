package dev.mitosis.cli.machine;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.halnative.HostProbe;
import dev.mitosis.halnative.files.ArchiveFiles;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.hwloc.HwlocReader;
import dev.mitosis.halnative.hwloc.HwlocWriter;
import dev.mitosis.halnative.libc.LibNuma;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code topology}: what the board looks like, this host or a captured one. */
@Command(
        name = "topology",
        description = "Prints the nodes, processors, memory, distances and caches of this host, or of a captured one.",
        footer = {
            "",
            "Examples:",
            "  ./mitosis topology",
            "  ./mitosis topology machine.tar.bz2 --format json",
            "  ./mitosis topology --svg machine.svg",
            "  ./mitosis topology --export machine.xml && lstopo -i machine.xml"
        })
public final class TopologyCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--sysfs",
            paramLabel = "DIR|TAR",
            description = "A captured machine: a folder or an archive (.tar, .gz, .bz2, .xz) that holds sys and proc.")
    private @Nullable Path captured;

    @Option(
            names = "--hwloc",
            paramLabel = "FILE",
            description = "A machine in hwloc's XML (lstopo machine.xml), of version 1 or 2.")
    private @Nullable Path described;

    @Option(
            names = "--export",
            paramLabel = "FILE",
            description = "Write the machine as hwloc's XML, which lstopo -i FILE shows, too.")
    private @Nullable Path exported;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "A captured machine, as of --sysfs; or hwloc's XML, as of --hwloc, when its name ends in .xml.")
    private @Nullable Path bare;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw the nodes and their distances into a file, too.")
    private @Nullable Path drawing;

    @Override
    public Integer call() throws IOException {
        HostTopology topology;
        try {
            topology = read();
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
        if (drawing != null) {
            write("--svg", drawing, TopologyDrawing.svg(topology));
        }
        if (exported != null) {
            write("--export", exported, HwlocWriter.write(topology));
        }
        Results.print(
                Specs.out(spec),
                output,
                "topology",
                TopologyReport.text(topology).stripTrailing(),
                TopologyReport.json(topology).stripTrailing(),
                TopologyReport.csv(topology).stripTrailing());
        return 0;
    }

    private HostTopology read() throws IOException {
        if (bare != null) {
            if (captured != null || described != null) {
                throw CommandException.usage(bare + " and --sysfs or --hwloc are two machines: give one");
            }
            if (bare.toString().endsWith(".xml")) {
                described = bare;
            } else {
                captured = bare;
            }
        }
        if (described != null) {
            if (captured != null) {
                throw CommandException.usage("--sysfs and --hwloc are two machines: give one");
            }
            return HwlocReader.read(described);
        }
        return captured == null ? probe() : new SysfsReader(files()).read();
    }

    /** This host, with what was compared and what is in the way on standard error. */
    private HostTopology probe() {
        HostProbe probe = HostProbe.of(FolderFiles.host(), LibNuma.find(), new LibcCalls());
        Specs.err(spec).println("mitosis: read from " + probe.source());
        probe.warnings().forEach(warning -> Specs.err(spec).println("mitosis: " + warning));
        Specs.err(spec).flush();
        return probe.topology();
    }

    private static void write(String option, Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(file)) {
            throw CommandException.usage(option + " " + file + ": not a file in a directory that exists");
        }
        Path part = Files.createTempFile(folder, ".topology", ".part");
        try {
            Files.writeString(part, text);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private SystemFiles files() throws IOException {
        if (captured == null) {
            return FolderFiles.host();
        }
        if (!Files.exists(captured)) {
            throw new NoSuchFileException(captured.toString());
        }
        if (!Files.isDirectory(captured)) {
            return ArchiveFiles.read(captured);
        }
        if (!Files.isDirectory(captured.resolve("sys"))) {
            throw CommandException.failure(captured + ": not a captured machine: it has no sys folder");
        }
        return new FolderFiles(captured);
    }
}
