package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The plugin for QEMU as a shared library. */
final class RecorderPlugin {
    private static final String LIBRARY = "recorder.so";
    private static final List<String> SOURCES = List.of("recorder.c", "stream.c", "exec.c", "calls.c", "touches.c");
    private static final List<String> HEADERS = List.of("qemu-plugin-api.h", "records.h", "calls.h", "touches.h");

    private RecorderPlugin() {}

    /** The library's path. */
    static Path library() throws IOException {
        List<String> all = new ArrayList<>(SOURCES);
        all.addAll(HEADERS);
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : all) {
            files.put(name, NativeBuild.resource(name));
        }
        return NativeBuild.get("qemu", files, "", RecorderPlugin::build).resolve(LIBRARY);
    }

    private static void build(Path sources, Path into) throws IOException {
        Path compiler = NativeBuild.compiler();
        if (compiler == null) {
            throw new RecorderException(
                    RecorderException.FAILED,
                    "the recorder's plugin must be compiled once, and there is no C compiler: apt-get install gcc libc6-dev");
        }
        List<String> command = new ArrayList<>(List.of(
                compiler.toString(),
                "-O2",
                "-fPIC",
                "-shared",
                "-fvisibility=hidden",
                "-pthread",
                "-o",
                into.resolve(LIBRARY).toString()));
        command.addAll(SOURCES);
        NativeBuild.run(sources, command, "the recorder's plugin");
    }
}
