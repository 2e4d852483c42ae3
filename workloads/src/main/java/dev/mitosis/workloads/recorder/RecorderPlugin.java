package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The plugin as a shared library, compiled from the source in the product on first use and kept for the next.
 *
 * <p>It is kept in the {@link BuildCache} under the hash of its source, and compiled again when it is damaged.
 */
final class RecorderPlugin {
    private static final List<String> SOURCES = List.of("recorder.c", "stream.c", "exec.c", "calls.c", "touches.c");
    private static final List<String> HEADERS = List.of("qemu-plugin-api.h", "records.h", "calls.h", "touches.h");

    private RecorderPlugin() {}

    /** The library's path. */
    static Path library(ScratchFolder scratch) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : SOURCES) {
            files.put(name, read(name));
        }
        for (String name : HEADERS) {
            files.put(name, read(name));
        }
        BuildCache cache = BuildCache.open(scratch);
        Path library = cache.file("recorder-" + hash(files) + ".so");
        if (!cache.isIntact(library)) {
            compile(files, cache, library);
        }
        return library;
    }

    private static byte[] read(String name) throws IOException {
        try (InputStream in = RecorderPlugin.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the program");
            }
            return in.readAllBytes();
        }
    }

    private static String hash(Map<String, byte[]> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            files.values().forEach(digest::update);
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void compile(Map<String, byte[]> files, BuildCache cache, Path library) throws IOException {
        Path compiler = ProgramFile.inPath("cc");
        if (compiler == null) {
            compiler = ProgramFile.inPath("gcc");
        }
        if (compiler == null) {
            throw new RecorderException(
                    RecorderException.FAILED,
                    "the recorder's plugin must be compiled once, and there is no C compiler: apt-get install gcc libc6-dev");
        }
        Path work = cache.work();
        Path built = work.resolve("recorder.so");
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(work.resolve(file.getKey()), file.getValue());
            }
            List<String> command = new ArrayList<>(List.of(
                    compiler.toString(),
                    "-O2",
                    "-fPIC",
                    "-shared",
                    "-fvisibility=hidden",
                    "-pthread",
                    "-o",
                    "recorder.so"));
            command.addAll(SOURCES);
            Process process = new ProcessBuilder(command)
                    .directory(work.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new RecorderException(
                        RecorderException.FAILED,
                        "the recorder's plugin does not compile with " + compiler + ": "
                                + said.lines().findFirst().orElse("no message"));
            }
            cache.put(built, library);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RecorderException(RecorderException.FAILED, "interrupted while compiling the recorder's plugin");
        } finally {
            for (String name : files.keySet()) {
                Files.deleteIfExists(work.resolve(name));
            }
            Files.deleteIfExists(built);
            Files.deleteIfExists(work);
        }
    }
}
