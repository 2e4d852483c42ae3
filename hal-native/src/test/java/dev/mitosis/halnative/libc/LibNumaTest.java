package dev.mitosis.halnative.libc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.sysfs.SysfsReader;
import java.util.BitSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The real library, where it is installed. */
class LibNumaTest {
    private static final int EINVAL = 22;
    private static final int NODE_OF_ADDRESS = 3; // MPOL_F_NODE | MPOL_F_ADDR

    private static NumaLibrary numa() {
        Optional<NumaLibrary> library = LibNuma.find();
        assumeTrue(library.isPresent() && library.get().isAvailable(), "libnuma is not installed or may not work");
        return library.orElseThrow();
    }

    private static BitSet firstNode() {
        return new SysfsReader(FolderFiles.host()).read().nodes().get(0).cpus().isEmpty()
                ? Bitmasks.parseList("1")
                : Bitmasks.parseList("0");
    }

    @Test
    void withoutTheLibraryThereIsNone() {
        assertEquals(Optional.empty(), LibNuma.find("libnuma-not-installed.so.1"));
    }

    @Test
    void aLibraryWithoutTheFunctionsIsNone() {
        assertEquals(Optional.empty(), LibNuma.find("libm.so.6"));
    }

    @Test
    void aTouchedPageIsFoundOnANodeByBothCalls() {
        NumaLibrary numa = numa();
        LibcCalls calls = new LibcCalls();
        long va = calls.mmapPrivate(4096);
        calls.touch(va, 4096, 4096);
        int[] status = {-1};
        assertEquals(0, numa.movePages(0, new long[] {va}, null, status, 0));
        int[] node = {-1};
        assertEquals(0, numa.getMempolicy(node, va, NODE_OF_ADDRESS));
        assertEquals(node[0], status[0]);
        assertTrue(numa.maxPossibleNode() >= numa.maxNode());
        assertEquals(0, calls.munmap(va, 4096));
        assertEquals(-EINVAL, numa.getMempolicy(node, 0, NODE_OF_ADDRESS << 8));
    }

    @Test
    void policiesAndProcessorsAreSetForOneThread() throws InterruptedException {
        NumaLibrary numa = numa();
        BitSet node = firstNode();
        int[] mode = new int[2];
        int[] results = new int[3];
        Thread thread = new Thread(() -> {
            results[0] = numa.bindMemory(node);
            numa.getMempolicy(mode, 0, 0);
            results[1] = numa.interleaveMemory(node);
            int[] after = new int[1];
            numa.getMempolicy(after, 0, 0);
            mode[1] = after[0];
            results[2] = numa.runOnNodes(node);
        });
        thread.start();
        thread.join();
        assertEquals("[0, 0, 0]", java.util.Arrays.toString(results));
        assertEquals("[2, 3]", java.util.Arrays.toString(mode)); // MPOL_BIND, MPOL_INTERLEAVE
    }

    @Test
    void aNodeThatIsNotThereIsAnErrno() throws InterruptedException {
        NumaLibrary numa = numa();
        BitSet none = new BitSet();
        none.set(numa.maxPossibleNode());
        assumeTrue(numa.maxPossibleNode() > numa.maxNode(), "every possible node is there");
        int[] result = new int[1];
        Thread thread = new Thread(() -> result[0] = numa.bindMemory(none));
        thread.start();
        thread.join();
        assertEquals(-EINVAL, result[0]);
    }
}
