package dev.mitosis.cli.fuzz;

import com.github.luben.zstd.Zstd;
import dev.mitosis.halnative.files.ArchiveFiles;
import dev.mitosis.halnative.hwloc.HwlocReader;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kvm.discovery.GroupDiscovery;
import dev.mitosis.kvm.discovery.MatrixCsv;
import dev.mitosis.lab.counters.Counters;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.lab.replay.ProgramReplay;
import dev.mitosis.lab.replay.ThreadPlacement;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.TraceFileReader;
import dev.mitosis.workloads.trace.TraceFileWriter;
import dev.mitosis.workloads.trace.TraceSink;
import dev.mitosis.workloads.trace.format.TraceFormatRegistry;
import dev.mitosis.workloads.trace.format.TraceInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** The readers of what others wrote, each with inputs that are right. */
@SuppressWarnings({"ImmutableEnumChecker", "StringConcatToTextBlock"}) // blanks at line ends count
enum ForeignReader {
    LACKEY(
            ".txt",
            "==1== Lackey, an example Valgrind tool\nI  0401ab70,3\n S 1fff000788,8\n M 04033e06,1\nSB 0401ab80\n"
                    + " L 04033e7c,8\n==1== Exit code:       0\n"),
    DRVIEW(
            ".txt",
            "T0 <marker: version 3>\nT7001   0x00007f1000001a4a  b8 38 00 00 00       mov    $0x38, %eax\n"
                    + "T7001     read  8 byte(s) @ 0x7ffc00001190\n",
            "           8           1:     3446827 ifetch       3 byte(s) @ 0x00007fd5f0d4e090 48 89 e7            "
                    + " mov    %rsp, %rdi\n"
                    + "          11           2:   W0.T3446828 write        8 byte(s) @ 0x00007ffc54d9ac48 by PC"
                    + " 0x00007fd5f0d4e093\n",
            "       10: T7001 read 8 byte(s) @ 0x00007f1f0000ca20\n"),
    MEMTRACE(
            ".txt",
            "Format: <data address>: <data size>, <(r)ead/(w)rite/opcode>\n0x00007f59c2d002d3:  5, call\n"
                    + "0x00007fff2d8dd2a8:  8, w\n"),
    PERF(
            ".txt",
            "32012     55ba4feb4018 \n               a 32012/32013 33447.331074: page-faults:     7f4ec7e3d110 f (/x)"
                    + " ffffffff81752b6a g ([k])\n",
            "app  900 [005]  88.000001:          1         l1d-access:  ffff8c001000     aaaad0000944"
                    + " main+0x10 (/x/app)\n",
            " a 32014/32014 [003] 33447.1:  14 cpu/mem/P:  7f4ec7e3d180  5080144 |OP STORE|LVL L1 hit|\n"),
    PERFMEM(
            ".txt",
            "# PID, TID, IP, ADDR, LOCAL WEIGHT, DSRC, SYMBOL\n 4101  4102 0x0000000000401136 0x01600007f1f04e2adc8"
                    + "    28 0x5080021 a.out:main\n4101,4103,0x401136,0x7f1f04e2b000,30,0x5080144,a.out:main\n"),
    RECORDS(".bin") {
        @Override
        List<byte[]> right() {
            ByteBuffer standard = ByteBuffer.allocate(4 * 64).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer wide = ByteBuffer.allocate(4 * 96).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 4; i++) {
                standard.putLong(64 * i, 0x400000 + i)
                        .putLong(64 * i + 16, 0x7ffe00001000L)
                        .putLong(64 * i + 32, 0x60002000);
                wide.putLong(96 * i, 0x400000 + i)
                        .putLong(96 * i + 24, 0x7ffe00001000L)
                        .putLong(96 * i + 56, 0x60002000);
            }
            return List.of(standard.array(), wide.array());
        }
    },
    OWN_TRACE(".mtrace") {
        @Override
        List<byte[]> right() throws IOException {
            return List.of(ownTrace());
        }

        @Override
        void read(Path file) throws IOException {
            new TraceFileReader(file).replay(new DiscardingSink());
        }
    },
    /** The events of a trace, within a block that is right. */
    OWN_EVENTS(".mtrace") {
        @Override
        List<byte[]> right() throws IOException {
            byte[] trace = ownTrace();
            ByteBuffer header = ByteBuffer.wrap(trace).order(ByteOrder.LITTLE_ENDIAN);
            byte[] events = new byte[header.getInt(8 + 4)];
            byte[] compressed = Arrays.copyOfRange(trace, 24, 24 + header.getInt(8 + 8));
            Zstd.decompressByteArray(events, 0, events.length, compressed, 0, compressed.length);
            return List.of(events);
        }

        @Override
        byte[] wrapped(byte[] events) {
            byte[] compressed = Zstd.compress(events);
            ByteBuffer made = ByteBuffer.allocate(24 + compressed.length).order(ByteOrder.LITTLE_ENDIAN);
            made.put("MITOSIS".getBytes(StandardCharsets.US_ASCII)).put((byte) 4);
            made.putInt(1).putInt(events.length).putInt(compressed.length);
            CRC32C sum = new CRC32C();
            sum.update(made.array(), 8, 12);
            sum.update(compressed);
            return made.putInt((int) sum.getValue()).put(compressed).array();
        }

        @Override
        void read(Path file) throws IOException {
            new TraceFileReader(file).replay(replay());
        }
    },
    COUNTERS(
            ".txt",
            "\n Performance counter stats for './a' (3 runs):\n\n   291,350,355,880      cycles     #    3.009 GHz"
                    + "   ( +-  0.46% )  (24.98%)\n    36,361,479,212      instructions\n       4.87 msec task-clock\n"
                    + "   TopdownL1    #     71.2 %  tma\n      96.873898071 seconds time elapsed\n",
            "     0.050513812,S0,2,209,,cycles,121614820,100.00,1.719,K/sec\n"
                    + "5,,instructions,user.slice/ab,40,62.50,,\n",
            "{\"counter-value\" : \"291350355880,000000\", \"unit\" : \"\", \"event\" : \"cycles\", \"pcnt-running\" :"
                    + " 62,50}\n") {
        @Override
        void read(Path file) throws IOException {
            Counters.read(List.of(file));
        }
    },
    MATRIX(".csv", ",,,\n23.8,,,\n24.0,93.6,,\n94.1,93.6,23.5,\n", "0,1,2,3\n1,0,nan,-\n2,3,0,1e2\n# c\n3,2,1,0\n") {
        @Override
        void read(Path file) throws IOException {
            GroupDiscovery.discover(MatrixCsv.read(file));
        }
    },
    MACHINE(
            ".conf",
            "include \"2s-cascade-lake.conf\"\nsockets { value = 4, source = \"test\" }\n",
            "include classpath(\"dev/mitosis/machines/2s-epyc-milan-nps4.conf\")\n"
                    + "cache.l2 { ways { value = 8, source = \"test\" } }\n"
                    + "distance.near { value = 13, source = \"test\" }\n") {
        @Override
        void read(Path file) {
            MachineProfile.load(file.toString());
        }
    },
    HWLOC(
            ".xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    + "<topology version=\"2.0\"><object type=\"Machine\" os_index=\"0\" cpuset=\"0x3\"><object"
                    + " type=\"Package\" os_index=\"0\" cpuset=\"0x3\"><object type=\"NUMANode\" os_index=\"0\""
                    + " cpuset=\"0x3\" local_memory=\"4096\"/><object type=\"L2Cache\" cache_size=\"262144\" depth=\"2\""
                    + " cpuset=\"0x3\"/><object type=\"Core\" os_index=\"0\" cpuset=\"0x3\"><object type=\"PU\""
                    + " os_index=\"0\" cpuset=\"0x1\"/><object type=\"PU\" os_index=\"1\""
                    + " cpuset=\"0x2\"/></object></object></object><distances2 type=\"NUMANode\" nbobjs=\"1\""
                    + " indexing=\"os\"><indexes length=\"1\">0 </indexes><u64values length=\"2\">10"
                    + " </u64values></distances2></topology>\n") {
        @Override
        void read(Path file) throws IOException {
            HwlocReader.read(file).topology();
        }
    },
    ARCHIVE(".tar") {
        @Override
        List<byte[]> right() {
            ByteArrayOutputStream tar = new ByteArrayOutputStream();
            String node = "sys/devices/system/node/node0/";
            String cpu = "sys/devices/system/cpu/";
            String[][] files = {
                {cpu + "online", "0-1\n"},
                {node + "cpumap", "3\n"},
                {node + "distance", "10\n"},
                {node + "meminfo", "Node 0 MemTotal:   2048 kB\nNode 0 MemFree:  1024 kB\n"},
                {cpu + "cpu0/topology/core_id", "0\n"},
                {cpu + "cpu0/topology/physical_package_id", "-1\n"},
                {cpu + "cpu0/cache/index0/level", "1\n"},
                {cpu + "cpu0/cache/index0/shared_cpu_map", "1\n"},
                {node + "access0/initiators/read_latency", "0\n"},
                {"proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: x\n"}
            };
            for (String[] file : files) {
                tar.writeBytes(entry(file[0], file[1].getBytes(StandardCharsets.US_ASCII)));
            }
            tar.writeBytes(new byte[1024]);
            return List.of(tar.toByteArray());
        }

        private byte[] entry(String name, byte[] text) {
            byte[] block = new byte[512 + 512];
            put(block, 0, name);
            put(block, 100, "0000644\0");
            put(block, 124, String.format("%011o", text.length));
            put(block, 136, "00000000000");
            put(block, 148, "        ");
            put(block, 156, "0");
            put(block, 257, "ustar\000000");
            int sum = 0;
            for (int i = 0; i < 512; i++) {
                sum += block[i] & 0xff;
            }
            put(block, 148, String.format("%06o\0 ", sum));
            System.arraycopy(text, 0, block, 512, text.length);
            return block;
        }

        private void put(byte[] into, int at, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            System.arraycopy(bytes, 0, into, at, bytes.length);
        }

        @Override
        void read(Path file) throws IOException {
            new SysfsReader(ArchiveFiles.read(file)).read().topology();
        }
    };

    private static final long VA = 1L << 36;

    private final String suffix;
    private final List<byte[]> texts;

    ForeignReader(String suffix, String... texts) {
        this.suffix = suffix;
        this.texts = Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    /** What the name of its files ends in. */
    String suffix() {
        return suffix;
    }

    List<byte[]> right() throws IOException {
        return texts;
    }

    /** The file that holds what was damaged. */
    byte[] wrapped(byte[] damaged) {
        return damaged;
    }

    /** Reads a file: an {@link IOException} or {@link IllegalArgumentException} of one line refuses it. */
    void read(Path file) throws IOException {
        try (TraceInput input = TraceInput.open(file)) {
            TraceFormatRegistry.detect(input).read(input, new DiscardingSink());
        }
    }

    private static TraceSink replay() {
        Machine machine = new Machine(
                MachineProfile.load("2s-cascade-lake").withSockets(1),
                KernelSettings.DEFAULT,
                PolicyRegistry.find("first-touch"),
                1);
        return new ProgramReplay(machine, ThreadPlacement.spread(machine.board().topology()));
    }

    private static byte[] ownTrace() throws IOException {
        Path file = Files.createTempFile("fuzz", ".mtrace");
        try (TraceFileWriter writer = new TraceFileWriter(file)) {
            writer.processStarted(0, -1, false, "program");
            writer.threadStarted(0, 0);
            writer.initialMapping(0, 0x400000, 0x402000, 5, "/bin/x");
            writer.systemCall(0, 0, 9, new long[] {0, 0x10000, 3, 0x22, -1, 0}, VA);
            AccessBatch batch = new AccessBatch();
            batch.add(VA + 8, false);
            batch.add(VA + 4096, true);
            batch.instructions = 5;
            writer.accesses(0, 0, batch);
            batch.isDetailed = true;
            writer.accesses(0, 0, batch);
            writer.systemCall(0, 0, 25, new long[] {VA, 0x10000, 0x20000, 1, 0, 0}, VA + 0x40000);
            writer.systemCall(0, 0, 28, new long[] {VA + 0x40000, 0x1000, 4, 0, 0, 0}, 0);
            writer.processStarted(1, 0, false, "child");
            writer.threadStarted(1, 1);
            writer.threadExited(1, 1);
            writer.processExited(1, 0);
            writer.processExited(0, 0);
            writer.end(true);
            writer.commit();
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
