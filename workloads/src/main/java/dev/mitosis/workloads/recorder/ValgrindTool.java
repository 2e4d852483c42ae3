package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tool for Valgrind, compiled from the source in the product on first use and linked with the libraries of the machine's valgrind
 * package. A program of Valgrind's is never shipped with the product.
 *
 * <p>Source: how tools are linked, coregrind/link_tool_exe_linux of Valgrind; Debian's packages valgrind 3.19 and 3.24.
 */
final class ValgrindTool {
    static final String NAME = "mitosis";
    static final String PROGRAM = NAME + "-amd64-linux";

    private static final Path HEADERS = Path.of("/usr/include/valgrind");
    private static final Path LIBRARIES = Path.of("/usr/lib/x86_64-linux-gnu/valgrind");
    private static final Path TOOLS = Path.of("/usr/libexec/valgrind");
    private static final Path[] LAUNCHERS = {Path.of("/usr/bin/valgrind.bin"), Path.of("/usr/bin/valgrind")};

    /** Compiled with Valgrind's headers; the others of the plugin's sources with the C library's. */
    private static final List<String> TOOL_SOURCES = List.of(
            "valgrind/tool.c",
            "valgrind/instrument.c",
            "valgrind/classes.c",
            "valgrind/fold.c",
            "valgrind/ship.c",
            "valgrind/maps.c",
            "valgrind/mend.c",
            "valgrind/vfork.c");

    private static final List<String> SHARED_SOURCES = List.of("calls.c", "touches.c");
    private static final List<String> HEADER_FILES = List.of(
            "calls.h",
            "touches.h",
            "valgrind/blocks.h",
            "valgrind/classes.h",
            "valgrind/fold.h",
            "valgrind/maps.h",
            "valgrind/mend.h",
            "valgrind/ship.h",
            "valgrind/tool.h",
            "valgrind/vfork.h");

    private static final List<String> COMPILE = List.of(
            "-c",
            "-O2",
            "-m64",
            "-std=gnu11",
            "-fno-stack-protector",
            "-fno-builtin",
            "-fno-strict-aliasing",
            "-fno-pic",
            "-fomit-frame-pointer",
            "-w");
    private static final List<String> PLATFORM = List.of(
            "-DVGO_linux=1", "-DVGA_amd64=1", "-DVGP_amd64_linux=1", "-DVGPV_amd64_linux_vanilla=1", "-I" + HEADERS);
    private static final List<String> LINK = List.of(
            "-static",
            "-nodefaultlibs",
            "-nostartfiles",
            "-no-pie",
            "-m64",
            "-u",
            "_start",
            "-Wl,--build-id=none",
            "-Wl,-Ttext=0x58000000",
            "-Wl,--wrap=vgPlain_di_notify_mmap",
            "-Wl,--wrap=vgModuleLocal_get_linux_syscall_entry");

    private ValgrindTool() {}

    /** What this machine lacks to build or run the tool, and how to get it; null when nothing. */
    static @Nullable String missing() {
        boolean isThere = Files.isDirectory(TOOLS)
                && Files.exists(HEADERS.resolve("pub_tool_basics.h"))
                && Files.exists(core())
                && installedLauncher() != null;
        if (!isThere) {
            return "Valgrind or its files for tools are not there: apt-get install valgrind";
        }
        if (NativeBuild.compiler() == null) {
            return "the tool for Valgrind must be compiled once, and there is no C compiler: apt-get install gcc libc6-dev";
        }
        return null;
    }

    private static Path core() {
        return LIBRARIES.resolve("libcoregrind-amd64-linux.a");
    }

    private static @Nullable Path installedLauncher() {
        for (Path launcher : LAUNCHERS) {
            if (Files.isExecutable(launcher)) {
                return launcher;
            }
        }
        return null;
    }

    /** What starts the tool again when a program executes another. */
    static Path launcher() throws RecorderException {
        Path launcher = installedLauncher();
        if (launcher == null) {
            throw new RecorderException(RecorderException.FAILED, "Valgrind is not there: apt-get install valgrind");
        }
        return launcher;
    }

    /** A folder with the tool and the files that Valgrind wants beside it. */
    static Path folder() throws IOException {
        List<String> all = new ArrayList<>(TOOL_SOURCES);
        all.addAll(SHARED_SOURCES);
        all.addAll(HEADER_FILES);
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : all) {
            files.put(name, NativeBuild.resource(name));
        }
        // Another package of Valgrind needs another tool.
        String version = Files.size(core()) + " " + Files.getLastModifiedTime(core());
        return NativeBuild.get("valgrind", files, version, ValgrindTool::build);
    }

    private static void build(Path sources, Path into) throws IOException {
        String compiler = String.valueOf(NativeBuild.compiler());
        List<String> objects = new ArrayList<>();
        for (String source : TOOL_SOURCES) {
            objects.add(compile(compiler, sources, source, PLATFORM));
        }
        for (String source : SHARED_SOURCES) {
            objects.add(compile(compiler, sources, source, List.of()));
        }
        List<String> link = new ArrayList<>(List.of(compiler));
        link.addAll(LINK);
        link.addAll(objects);
        link.add(core().toString());
        link.add(LIBRARIES.resolve("libvex-amd64-linux.a").toString());
        link.add("-lgcc");
        link.add(LIBRARIES.resolve("libgcc-sup-amd64-linux.a").toString());
        link.addAll(List.of("-o", into.resolve(PROGRAM).toString()));
        NativeBuild.run(sources, link, "the tool for Valgrind");
        ValgrindAddressSpace.widen(into.resolve(PROGRAM));
        try (Stream<Path> beside = Files.list(TOOLS)) {
            for (Path file : (Iterable<Path>) beside::iterator) {
                Files.createSymbolicLink(into.resolve(file.getFileName()), file);
            }
        }
    }

    private static String compile(String compiler, Path sources, String source, List<String> options)
            throws IOException {
        String object = source.replace('/', '-').replace(".c", ".o");
        List<String> command = new ArrayList<>(List.of(compiler));
        command.addAll(COMPILE);
        command.addAll(options);
        command.addAll(List.of(source, "-o", object));
        NativeBuild.run(sources, command, "the tool for Valgrind");
        return object;
    }
}
