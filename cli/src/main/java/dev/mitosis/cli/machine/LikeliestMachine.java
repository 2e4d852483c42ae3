package dev.mitosis.cli.machine;

import dev.mitosis.halnative.HostProbe;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibNuma;
import dev.mitosis.halnative.libc.LibcCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which of the machines that come with the product this host is most like. */
public final class LikeliestMachine {
    private LikeliestMachine() {}

    /** The name of the machine whose processor is most like this host's. */
    public static String name() throws IOException {
        HostProbe probe = HostProbe.of(FolderFiles.host(), LibNuma.find(), new LibcCalls());
        return CalibratedProfile.likeliest(probe.topology().details().model());
    }

    /** Whether this host is a virtual machine: its processor says so. */
    public static boolean isVirtual() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.anyMatch(line -> line.startsWith("flags") && line.contains(" hypervisor"));
        }
    }
}
