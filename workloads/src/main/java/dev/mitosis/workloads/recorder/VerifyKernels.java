package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Small loops in C whose use of memory is known, compiled on first use: what predictions are held against on this machine. The same
 * program starts others without huge pages or with them.
 *
 * <p>Errors: {@link RecorderException} when there is no C compiler.
 */
public final class VerifyKernels {
    private static final String SOURCE = "verify/kernels.c";

    /** The loops, by name. */
    public static final List<String> NAMES =
            List.of("update", "chase", "stream", "copy", "gather", "stencil", "tree", "hash", "sort");

    private VerifyKernels() {}

    /** The compiled program. */
    public static Path program() throws IOException {
        return NativeBuild.get("verify", Map.of("kernels.c", NativeBuild.resource(SOURCE)), "", VerifyKernels::build)
                .resolve("kernels");
    }

    private static void build(Path sources, Path into) throws IOException {
        Path compiler = NativeBuild.compiler();
        if (compiler == null) {
            throw new RecorderException(
                    RecorderException.FAILED,
                    "the loops that are measured must be compiled once, and there is no C compiler: apt-get install gcc libc6-dev");
        }
        List<String> command = List.of(
                compiler.toString(), "-O2", "-o", into.resolve("kernels").toString(), "kernels.c");
        NativeBuild.run(sources, command, "the suite of loops");
    }
}
