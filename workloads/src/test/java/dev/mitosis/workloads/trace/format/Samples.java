package dev.mitosis.workloads.trace.format;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.TraceFileWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A small trace in each format, and what it says. All but our own speak of the same kinds of records as their tools print. */
final class Samples {
    /** A trace, the accesses in it by thread, as {@code thread: va load|store}, and its instructions. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Sample(byte[] bytes, List<String> accesses, long instructions) {}

    private Samples() {}

    static Sample of(String format) throws IOException {
        return switch (format) {
            case "mitosis" -> mitosis();
            case "lackey" -> lackey();
            case "drview" -> drview();
            case "memtrace" -> memtrace();
            case "perf" -> perf();
            case "perfmem" -> perfmem();
            case "champsim" -> champsim();
            case "cloudsuite" -> cloudsuite();
            default -> throw new AssertionError("write a sample of the format " + format);
        };
    }

    private static Sample mitosis() throws IOException {
        Path file = Files.createTempFile("sample", ".mtrace");
        try (TraceFileWriter writer = new TraceFileWriter(file)) {
            writer.processStarted(0, -1, false, "program");
            writer.threadStarted(0, 0);
            writer.systemCall(0, 0, 9, new long[] {0x10000, 0x10000, 3, 0x32, -1, 0}, 0x10000);
            AccessBatch batch = new AccessBatch();
            batch.add(0x10008, false);
            batch.add(0x12000, true);
            batch.instructions = 5;
            writer.accesses(0, 0, batch);
            writer.processExited(0, 0);
            writer.end(true);
            writer.commit();
            return new Sample(Files.readAllBytes(file), List.of("0: 10008 load", "0: 12000 store"), 5);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static Sample text(long instructions, List<String> accesses, String... lines) {
        return new Sample(
                (String.join("\n", lines) + "\n").getBytes(StandardCharsets.ISO_8859_1), accesses, instructions);
    }

    /** Valgrind 3.19 printed this, but for the middle. */
    private static Sample lackey() {
        return text(
                2,
                List.of(
                        "0: 1fff000788 store",
                        "0: 4033e06 load",
                        "0: 4033e06 store",
                        "0: 4033e7c load",
                        "0: 4033e80 load"),
                "==31953== Lackey, an example Valgrind tool",
                "==31953== ",
                "I  0401ab70,3",
                " S 1fff000788,8",
                "I  0401ab73,5",
                " M 04033e06,1",
                " L 04033e7c,8",
                "==31953== Counted 1 call to main()",
                "==31953== Exit code:       0");
    }

    private static Sample drview() {
        return text(
                2,
                List.of("0: 7ffc54d9ac48 store", "1: 55d0c0a01040 load"),
                "Output format:",
                "<--record#-> <--instr#->: <---tid---> <record details>",
                "------------------------------------------------------------",
                "           1           0:     3446827 <marker: version 6>",
                "           7           0:     3446827 <marker: tid 3446827 on core 4>",
                "           8           1:     3446827 ifetch       3 byte(s) @ 0x00007fd5f0d4e090 48 89 e7           "
                        + "  mov    %rsp, %rdi",
                "          10           2:     3446827 ifetch      10 byte(s) @ 0x00007fd5f0d4e093 48 b8 88 77 66 55"
                        + " 44 mov    $0x1122, %rax",
                "                                                             33 22 11",
                "          11           2:     3446827 write        8 byte(s) @ 0x00007ffc54d9ac48 by PC"
                        + " 0x00007fd5f0d4e093",
                "          12           2:     3446827 prefetch     0 byte(s) @ 0x00007ffc54d9ac48 by PC"
                        + " 0x00007fd5f0d4e093",
                "------------------------------------------------------------",
                "          13           2:   W0.T3446828 read         4 byte(s) @ 0x000055d0c0a01040 by PC"
                        + " 0x00007fd5f0d4e093",
                "View tool results:",
                "               2 : total instructions");
    }

    private static Sample memtrace() {
        return text(
                1,
                List.of("0: 7fff2d8dd2a8 store", "0: 7fff2d8dd2fc load", "0: 7fff2d8dd300 load"),
                "Format: <data address>: <data size>, <(r)ead/(w)rite/opcode>",
                "0x00007f59c2d002d3:  5, call",
                "0x00007fff2d8dd2a8:  8, w",
                "0x00007fff2d8dd2fc:  8, r");
    }

    /** perf 6.1 printed the first three. */
    private static Sample perf() {
        return text(
                0,
                List.of(
                        "0: 55ba4feb4018 load",
                        "1: 7f4ec7e3d110 load",
                        "2: 7ffd6d9c0b69 load",
                        "2: 7f4ec7e3d140 store",
                        "2: 7f4ec7e3d180 store",
                        "3: 7f4ec7e3d1c0 load"),
                "# ========",
                "32012     55ba4feb4018 ",
                "               a 32012/32013 33447.331074: page-faults:     7f4ec7e3d110 dl_close_state.2"
                        + " (/usr/lib/ld.so) ffffffff81752b6a elf_load ([kernel.kallsyms])",
                "        Thread 1 32014/32014     7ffd6d9c0b69 [unknown] ([stack]) ffffffff81b73418 _copy_to_user"
                        + " ([kernel.kallsyms])",
                "               a 32014/32014 [003] 33447.1:  14 cpu/mem-stores/P:  7f4ec7e3d140  5080144 |OP"
                        + " STORE|LVL L1 hit|",
                "",
                "               a 32014/32014 [003] 33447.1:  14 cpu/mem/P:  7f4ec7e3d180  5080144 |OP STORE|LVL L1"
                        + " hit|",
                "a b 9 32015/32015 7f4ec7e3d1c0");
    }

    /** perf 6.1 printed the first two. */
    private static Sample perfmem() {
        return text(
                0,
                List.of(
                        "0: 7f1f04e2adc8 load",
                        "1: 7f1f04e2b000 load",
                        "1: 7f1f04e2c000 store",
                        "2: 7f1f04e2d000 store"),
                "# PID, TID, IP, ADDR, LOCAL WEIGHT, DSRC, SYMBOL",
                " 4101  4102 0x0000000000401136 0x01600007f1f04e2adc8    28 0x5080021 TMP/a.out:main",
                "4101 4103 0x401136 0x7f1f04e2b000 30 0x5080042 TMP/a.out:main",
                // with the fields that --phys-data and --data-page-size add
                " 4101  4103 0x0000000000401136 0x01600007f1f04e2c000 0x0160000000012345000 0x0000000000001000   30"
                        + " 0x5080144 TMP/a.out:main",
                "4101,4104,0x401136,0x7f1f04e2d000,30,0x5080144,TMP/a.out:main");
    }

    private static Sample champsim() {
        byte[] none = record(0x400000, 1, 1, new long[2], new long[4]);
        byte[] both =
                record(0x400004, 0, 0, new long[] {0x7ffe0000_1000L, 0}, new long[] {0, 0x6000_2000L, 0x6000_2040L, 0});
        return new Sample(
                ByteBuffer.allocate(3 * 64).put(none).put(both).put(none).array(),
                List.of("0: 60002000 load", "0: 60002040 load", "0: 7ffe00001000 store"),
                3);
    }

    private static Sample cloudsuite() {
        byte[] none = wideRecord(0x400000, new long[4], new long[4]);
        byte[] both = wideRecord(0x400004, new long[] {0x7ffe0000_1000L, 0, 0, 0x7ffe0000_1040L}, new long[] {
            0, 0x6000_2000L, 0, 0x6000_2040L
        });
        return new Sample(
                ByteBuffer.allocate(3 * 96).put(none).put(both).put(none).array(),
                List.of("0: 60002000 load", "0: 60002040 load", "0: 7ffe00001000 store", "0: 7ffe00001040 store"),
                3);
    }

    private static byte[] wideRecord(long ip, long[] stores, long[] loads) {
        ByteBuffer made = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
        made.putLong(ip).put(new byte[] {0, 0, 1, 2, 0, 0, 3, 4, 5, 0}).put(new byte[6]);
        for (long va : stores) {
            made.putLong(va);
        }
        for (long va : loads) {
            made.putLong(va);
        }
        return made.put(new byte[] {1, 1}).array();
    }

    static byte[] record(long ip, int isBranch, int taken, long[] stores, long[] loads) {
        ByteBuffer made = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        made.putLong(ip).put((byte) isBranch).put((byte) taken).put(new byte[6]);
        for (long va : stores) {
            made.putLong(va);
        }
        for (long va : loads) {
            made.putLong(va);
        }
        return made.array();
    }

    static Stream<String> formats() {
        return TraceFormatRegistry.formats().stream().map(TraceFormat::name);
    }
}
