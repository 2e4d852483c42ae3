package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The text of Valgrind's lackey: a line for each instruction, load, store and modify.
 *
 * <p>Shape: {@code I  0401ab70,3}, {@code  L 1fff000788,8}, {@code  S 1fff000780,8}, {@code  M 04033e06,1}: an address in
 * hexadecimal, a size in bytes. Lines that begin with {@code ==} or {@code --} are Valgrind's own; {@code SB 0401ab70} names a superblock.
 * It knows one thread.
 *
 * <p>Errors: a log of more than one program is refused. Its lines do not say which of them made an access ({@code
 * --trace-children=yes}, a fork, an exec), and only Valgrind's own have the number of a process.
 *
 * <p>Source: Valgrind {@code lackey/lk_main.c:trace_instr, trace_load, trace_store, trace_modify}.
 */
final class LackeyFormat extends TextFormat {
    @Override
    public String name() {
        return "lackey";
    }

    @Override
    public String description() {
        return "valgrind --tool=lackey --trace-mem=yes --log-file=FILE";
    }

    @Override
    public Optional<TraceWriter> writer(Path file) throws IOException {
        return Optional.of(new TextTraceWriter(
                file, "", false, (to, process, thread, va, isStore) -> to.put(isStore ? " S " : " L ")
                        .putHex(va, 8)
                        .put(",1\n")));
    }

    @Override
    LineReader reader(TouchedProgram program) {
        return new LineReader() {
            private boolean hasBanner;
            private boolean hasExitCode;
            private long valgrindPid = -1;

            @Override
            public void line(TextLine line) {
                int first = line.peek();
                if (first == 'I') {
                    line.expect("I  ");
                    program.instruction(program.thread(0, 0));
                    line.hex();
                    size(line);
                    return;
                }
                if (first == 'S') {
                    line.expect("SB ");
                    line.hex();
                    if (!line.atEnd()) {
                        throw line.malformed();
                    }
                    return;
                }
                if (first == '=' || first == '-') {
                    valgrind(line);
                    return;
                }
                boolean isModify = line.skip(" M ");
                boolean isStore = isModify || line.skip(" S ");
                if (!isStore) {
                    line.expect(" L ");
                }
                long va = line.hex();
                long sizeBytes = size(line);
                if (isModify) {
                    program.access(program.thread(0, 0), va, sizeBytes, false);
                }
                program.access(program.thread(0, 0), va, sizeBytes, isStore);
            }

            private long size(TextLine line) {
                line.expect(",");
                long sizeBytes = line.decimal();
                if (!line.atEnd()) {
                    throw line.malformed();
                }
                return sizeBytes;
            }

            private void valgrind(TextLine line) {
                if (!line.skip("==") && !line.skip("--")) {
                    throw line.malformed();
                }
                long pid = line.skipDecimal();
                boolean isBanner = line.holds(" Lackey, ");
                if (pid >= 0 && valgrindPid >= 0 && pid != valgrindPid) {
                    throw severalPrograms("processes " + valgrindPid + " and " + pid);
                }
                if (isBanner && hasBanner) {
                    throw severalPrograms("a program and of the one that it became");
                }
                valgrindPid = pid >= 0 ? pid : valgrindPid;
                hasBanner |= isBanner;
                hasExitCode |= line.holds(" Exit code: ");
            }

            private MalformedRecord severalPrograms(String which) {
                return new MalformedRecord("accesses of " + which
                        + " are in one log, and lackey does not say whose each is; --log-file=F.%p makes a log"
                        + " of each");
            }

            @Override
            public void end() {
                if (hasBanner && !hasExitCode) {
                    program.isCut();
                }
            }
        };
    }
}
