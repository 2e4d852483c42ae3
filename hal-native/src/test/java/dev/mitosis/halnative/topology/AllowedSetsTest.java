package dev.mitosis.halnative.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halnative.CapturedTree;
import dev.mitosis.halnative.files.Bitmasks;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllowedSetsTest {
    @TempDir
    private Path root = Path.of(".");

    private CapturedTree tree = new CapturedTree(root);

    /** Eight processors on two nodes; processor 7 is offline. */
    @BeforeEach
    void aMachine() throws IOException {
        tree = new CapturedTree(root);
        tree.write("sys/devices/system/cpu/online", "0-6\n");
        tree.write("sys/devices/system/node/node0/cpumap", "0f\n");
        tree.write("sys/devices/system/node/node3/cpumap", "f0\n");
    }

    private void assertAllowed(String cpus, String nodes, String source) {
        AllowedSets sets = tree.read().details().allowed();
        assertEquals(cpus, Bitmasks.list(sets.cpus()));
        assertEquals(nodes, Bitmasks.list(sets.nodes()));
        assertEquals(source, sets.source());
    }

    @Test
    void withoutControlGroupsAllIsAllowed() {
        assertAllowed("0-6", "0,3", "");
    }

    @Test
    void theStatusOfTheTaskComesFirst() throws IOException {
        tree.write("proc/self/status", "Name:\tx\nCpus_allowed:\tc0\nMems_allowed:\t00000000,00000008\n");
        tree.write("proc/self/cgroup", "0::/a\n");
        tree.write("proc/mounts", "none /sys/fs/cgroup cgroup2 rw 0 0\n");
        tree.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu\n");
        tree.write("sys/fs/cgroup/a/cpuset.cpus.effective", "0-1\n");
        assertAllowed("6", "3", "/proc/self/status"); // 7 is offline
    }

    @Test
    void aKernelWithoutNodesHasNoMaskOfThem() throws IOException {
        tree.write("proc/self/status", "Name:\tx\nCpus_allowed:\t3\n");
        assertAllowed("0-1", "0,3", "/proc/self/status");
    }

    @Test
    void aGroupOfVersion2InheritsFromTheOneAboveIt() throws IOException {
        tree.write("proc/self/cgroup", "0::/a/b/c\n");
        tree.write("proc/mounts", "none /sys/fs/cgroup cgroup2 rw 0 0\n");
        tree.write("sys/fs/cgroup/cgroup.controllers", "memory cpuset\n");
        tree.write("sys/fs/cgroup/a/cpuset.cpus.effective", "2-4\n");
        tree.write("sys/fs/cgroup/a/cpuset.mems.effective", "3\n");
        tree.write("sys/fs/cgroup/a/b/c/cgroup.procs", "1\n");
        assertAllowed("2-4", "3", "/sys/fs/cgroup/a");
    }

    @Test
    void aVersion2WithoutCpusetsIsPassedOverForVersion1() throws IOException {
        tree.write("proc/self/cgroup", "5:cpuset:/job\n0::/user.slice\n");
        tree.write(
                "proc/mounts",
                "none /sys/fs/cgroup/unified cgroup2 rw 0 0\nnone /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\n");
        tree.write("sys/fs/cgroup/unified/cgroup.controllers", "memory\n");
        tree.write("sys/fs/cgroup/cpuset/job/cpuset.cpus", "0-3\n");
        tree.write("sys/fs/cgroup/cpuset/job/cpuset.effective_cpus", "1-2\n");
        tree.write("sys/fs/cgroup/cpuset/job/cpuset.mems", "0\n");
        assertAllowed("1-2", "0", "/sys/fs/cgroup/cpuset/job");
    }

    @Test
    void theFileSystemOlderThanControlGroupsIsRead() throws IOException {
        tree.write("proc/self/cpuset", "/batch\n");
        tree.write("proc/mounts", "none /dev/cpuset cpuset rw 0 0\n");
        tree.write("dev/cpuset/batch/cpus", "4\n");
        tree.write("dev/cpuset/batch/mems", "3\n");
        assertAllowed("4", "3", "/dev/cpuset/batch");
    }

    @Test
    void capturedMachinesHaveTheirCpusets() throws IOException {
        AllowedSets sets =
                CapturedTree.archive("16amd64-8n2c-cpusets").details().allowed();
        assertEquals("0-3,5-6,12-15", Bitmasks.list(sets.cpus())); // 0-6,12-15 without 4, which is offline
        assertEquals("1-4", Bitmasks.list(sets.nodes()));
        assertEquals("/dev/cpuset/dummy", sets.source());
        sets = CapturedTree.archive("32amd64-4s2n4c-cgroup2").details().allowed();
        assertEquals("0-5", Bitmasks.list(sets.cpus()));
        assertEquals("0-5", Bitmasks.list(sets.nodes()));
        assertEquals("/cgroup/unified/uid_2008/job_15389/step_0", sets.source());
    }
}
