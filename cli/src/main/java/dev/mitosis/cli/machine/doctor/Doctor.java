package dev.mitosis.cli.machine.doctor;

import static dev.mitosis.cli.machine.doctor.Finding.no;
import static dev.mitosis.cli.machine.doctor.Finding.partly;
import static dev.mitosis.cli.machine.doctor.Finding.yes;

import dev.mitosis.halnative.HostProbe;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.libc.NumaLibrary;
import dev.mitosis.halnative.replication.NoReplication;
import dev.mitosis.halnative.replication.PageTableReplication;
import dev.mitosis.halnative.topology.HostTopology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Looks at what this machine can do: record programs, measure itself, count in hardware, place memory, replicate page tables.
 *
 * <p>Nothing is installed or changed.
 */
public final class Doctor {
    private static final String RECORDS = "whatif, record and demo";
    private static final String INSTALL = "apt-get install ";
    /** What a simulation of a common size needs (docs/bench). */
    private static final long ENOUGH_MIB = 4096;

    private static final long LEAST_MIB = 1400;

    private final SystemFiles files;
    private final Programs programs;
    private final LinuxCalls calls;
    private final Optional<NumaLibrary> numa;

    public Doctor(SystemFiles files, Programs programs, LinuxCalls calls, Optional<NumaLibrary> numa) {
        this.files = files;
        this.programs = programs;
        this.calls = calls;
        this.numa = numa;
    }

    /** Everything that is looked at, in the order in which it is printed. */
    public List<Finding> look() {
        List<Finding> findings = new ArrayList<>();
        findings.add(qemu("qemu-x86_64", "QEMU recorder", RECORDS));
        findings.add(valgrind());
        findings.add(compiler());
        findings.add(qemu("qemu-aarch64", "AArch64 programs", RECORDS + " of AArch64 programs"));
        findings.add(memory());
        findings.addAll(host());
        findings.add(perf());
        findings.add(counters());
        findings.add(otherProcesses());
        findings.add(replication());
        findings.add(building());
        return List.copyOf(findings);
    }

    private Finding qemu(String program, String subject, String enables) {
        Optional<Path> path = programs.find(program);
        if (path.isEmpty()) {
            return no(subject, program + " is not installed", enables, INSTALL + "qemu-user");
        }
        String version = firstLine(programs.ask(path.get(), "--version"));
        if (!programs.ask(path.get(), "-h").contains("-plugin")) {
            return no(
                    subject,
                    path.get() + " was built without plugins (" + version + ")",
                    enables,
                    "use a QEMU that was configured with --enable-plugins, such as Debian's qemu-user");
        }
        return yes(subject, path.get() + ", with plugins (" + version + ")", enables);
    }

    private Finding valgrind() {
        String subject = "Valgrind recorder";
        Optional<Path> path = programs.find("valgrind");
        if (path.isEmpty()) {
            return no(subject, "valgrind is not installed", RECORDS, INSTALL + "valgrind");
        }
        String version = firstLine(programs.ask(path.get(), "--version"));
        if (!files.exists("/usr/include/valgrind/pub_tool_basics.h")) {
            return partly(
                    subject,
                    version + ", without the files that its tools are built from",
                    RECORDS,
                    INSTALL + "valgrind (its package holds /usr/include/valgrind)");
        }
        return yes(subject, path.get() + " (" + version + "), with its development files", RECORDS);
    }

    private Finding compiler() {
        String subject = "C compiler";
        Optional<Path> gcc = programs.find("gcc");
        if (gcc.isEmpty()) {
            return no(subject, "gcc is not installed", RECORDS + ": compiles the recorder once", INSTALL + "gcc");
        }
        if (!files.exists("/usr/include/stdio.h")) {
            return no(subject, "the C library's headers are not installed", RECORDS, INSTALL + "libc6-dev");
        }
        return yes(subject, firstLine(programs.ask(gcc.get(), "--version")), RECORDS + ": compiles the recorder once");
    }

    private Finding memory() {
        long mib = -1;
        for (String line : files.read("/proc/meminfo").orElse("").split("\n", -1)) {
            if (line.startsWith("MemAvailable:")) {
                mib = Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        String fact = mib < 0 ? "/proc/meminfo does not say" : String.format(Locale.ROOT, "%,d MiB available", mib);
        String enables = "simulations: whatif, replay, run, reproduce";
        if (mib >= ENOUGH_MIB) {
            return yes("memory", fact, enables);
        }
        return mib >= LEAST_MIB
                ? partly("memory", fact, enables, "close other programs; large workloads need 4 GiB and more")
                : no("memory", fact, enables, "close other programs, or set MITOSIS_HEAP to try with less");
    }

    private List<Finding> host() {
        HostProbe probe = HostProbe.of(files, numa, calls);
        HostTopology topology = probe.topology();
        List<Finding> findings = new ArrayList<>();
        boolean works = numa.isPresent() && numa.get().isAvailable();
        findings.add(
                works
                        ? yes("libnuma", "installed, and works", "a second opinion on the topology")
                        : no(
                                "libnuma",
                                numa.isPresent() ? "installed, but does not work here" : "not installed",
                                "a second opinion on the topology",
                                numa.isPresent() ? "" : INSTALL + "libnuma1"));
        int nodes = topology.nodes().size();
        String count = nodes + (nodes == 1 ? " node, " : " nodes, ")
                + topology.onlineCpus().cardinality() + " processors";
        findings.add(
                nodes > 1
                        ? yes("NUMA nodes", count, "calibrate and discover between nodes")
                        : partly(
                                "NUMA nodes",
                                count,
                                "calibrate and discover between nodes",
                                "calibrate measures what one node shows; --sockets N makes a machine of more"));
        findings.add(
                probe.readOnly()
                        ? no(
                                "memory policies",
                                String.join("; ", probe.warnings()),
                                "calibrate, and numactl on this machine",
                                "in a container: start it with --cap-add SYS_NICE")
                        : probe.warnings().isEmpty()
                                ? yes("memory policies", "permitted", "calibrate, and numactl on this machine")
                                : partly(
                                        "memory policies",
                                        String.join("; ", probe.warnings()),
                                        "calibrate, and numactl on this machine",
                                        ""));
        return findings;
    }

    private Finding perf() {
        Optional<Path> perf = programs.find("perf");
        String enables = "counts of a run on this machine, for --counters";
        return perf.isPresent()
                ? yes("perf", firstLine(programs.ask(perf.get(), "--version")), enables)
                : no("perf", "not installed", enables, INSTALL + "linux-perf");
    }

    private Finding counters() {
        String enables = "TLB misses and walk cycles in perf stat";
        String subject = "hardware counters";
        if (!files.exists("/sys/bus/event_source/devices/cpu")
                && !files.exists("/sys/bus/event_source/devices/cpu_core")) {
            return no(
                    subject,
                    "the kernel shows no counters of the processor",
                    enables,
                    "in a virtual machine: pass the PMU through (QEMU: -cpu host,pmu=on)");
        }
        String level =
                files.read("/proc/sys/kernel/perf_event_paranoid").orElse("?").strip();
        boolean open = isRoot() || (level.matches("-?\\d+") && Integer.parseInt(level) <= 2);
        return open
                ? yes(subject, "there, and may be used (perf_event_paranoid is " + level + ")", enables)
                : partly(
                        subject,
                        "there, but perf_event_paranoid is " + level,
                        enables,
                        "sudo sysctl kernel.perf_event_paranoid=2");
    }

    private Finding otherProcesses() {
        boolean frames = isRoot() && files.exists("/proc/kpageflags");
        String enables = "inspect: counts the frames of page tables of each node";
        return frames
                ? yes("kernel page flags", "/proc/kpageflags may be read", enables)
                : partly(
                        "kernel page flags", "/proc/kpageflags may not be read", enables, "sudo ./mitosis inspect PID");
    }

    private boolean isRoot() {
        return files.read("/proc/self/status").orElse("").contains("\nUid:\t0\t");
    }

    private Finding replication() {
        PageTableReplication kernel = PageTableReplication.detect(files, calls);
        String release = files.read("/proc/sys/kernel/osrelease").orElse("?").strip();
        String enables = "numactl -r replicates page tables for real";
        return kernel instanceof NoReplication
                ? no(
                        "page-table replication",
                        "this kernel (" + release + ") has none",
                        enables,
                        "boot a Mitosis kernel; without one, numactl --whatif -r simulates it")
                : yes("page-table replication", "this kernel (" + release + ") has it", enables);
    }

    private Finding building() {
        List<String> missing = new ArrayList<>();
        if (programs.find("javac").isEmpty()) {
            missing.add("openjdk-17-jdk-headless");
        }
        if (programs.find("mvn").isEmpty()) {
            missing.add("maven");
        }
        String java = "Java " + System.getProperty("java.version");
        return missing.isEmpty()
                ? yes("building", java + ", a compiler and Maven", "test, check, bench, and building changes")
                : partly(
                        "building",
                        java + "; not in PATH: " + String.join(", ", missing),
                        "test, check, bench, and building changes",
                        INSTALL + String.join(" ", missing));
    }

    private static String firstLine(String text) {
        String line = text.strip().lines().findFirst().orElse("");
        return line.isEmpty() ? "version unknown" : line;
    }
}
