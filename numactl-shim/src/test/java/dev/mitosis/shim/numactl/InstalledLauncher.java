package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The launcher scripts in a folder of their own, beside what the build under test compiled. */
final class InstalledLauncher {
    private InstalledLauncher() {}

    /** Installs it in this folder; returns the command that is numactl. */
    static List<String> in(Path folder) throws IOException {
        Path app = Files.createDirectories(folder.resolve("target/app"));
        Files.createDirectories(folder.resolve(".mvn"));
        Files.copy(Path.of("..", "mitosis"), folder.resolve("mitosis"));
        Path bin = folder.resolve("bin");
        EmulatedMachine.copyTree(Path.of("..", "bin"), bin);
        Files.writeString(folder.resolve("pom.xml"), "");
        classPath(app.resolve("numactl.jar"));
        try (InputStream in = Objects.requireNonNull(InstalledLauncher.class
                .getClassLoader()
                .getResourceAsStream("com/sun/jna/linux-x86-64/libjnidispatch.so"))) {
            Files.copy(in, app.resolve("libjnidispatch.so"));
        }
        Files.writeString(app.resolve("built"), "");
        leaveOutTheArchive(app);
        return List.of(bin.resolve("numactl").toString());
    }

    /** Classes that are not in jars cannot be archived: the launcher finds that it was tried. */
    private static void leaveOutTheArchive(Path app) throws IOException {
        Path home = Path.of(System.getProperty("java.home"));
        String archive = "numactl-" + Runtime.version().feature() + ".jsa";
        Files.writeString(app.resolve(archive), "");
        Files.writeString(app.resolve(archive + ".of"), home + "\n" + Files.readString(home.resolve("release")));
    }

    /** A jar that holds nothing and names what the tests run with. */
    private static void classPath(Path jar) throws IOException {
        StringJoiner entries = new StringJoiner(" ");
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            entries.add(Path.of(entry).toUri().toString());
        }
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, entries.toString());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.finish();
        }
    }
}
