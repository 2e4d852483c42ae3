package dev.mitosis.bench;

import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.ArrayList;
import java.util.List;

/**
 * The machine that the speed of simulation is measured on, and the addresses: those of {@code translation.c}, so that counters must
 * be equal.
 *
 * <p>64 GiB in pages of 4 KiB, a quarter on each of 4 nodes with its leaf tables; a share of the accesses goes to 32 hot pages, the
 * rest anywhere.
 */
final class TranslationMachine {
    static final long REGION_VA = 1L << 40;
    static final long REGION_PAGES = 1L << 24;
    private static final int NODES = 4;
    private static final int HOT_PAGES = 32;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final int STORE_EVERY = 4;
    /** More than the kernel gives a processor. Source: Linux arch/x86/mm/tlb.c, TLB_NR_DYN_ASIDS. */
    private static final int PCIDS = 16;

    final SimBoard board;
    final List<Task> tasks = new ArrayList<>();

    /** @param hasCaches false for the way of translation alone, where every reference is answered by memory */
    TranslationMachine(boolean hasCaches) {
        MachineProfile profile = MachineProfile.load("4s-cascade-lake");
        Machine machine = new Machine(profile, KernelSettings.DEFAULT, PolicyRegistry.find("first-touch"), 1);
        board = machine.board();
        Task first = machine.kernel().spawn(0);
        machine.kernel()
                .mmap(
                        first,
                        REGION_VA,
                        REGION_PAGES << 12,
                        Abi.PROT_READ | Abi.PROT_WRITE,
                        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED);
        long share = REGION_PAGES / NODES;
        for (int node = 0; node < NODES; node++) {
            Task task = node == 0 ? first : machine.kernel().clone(first, node * profile.coresPerNode());
            tasks.add(task);
            machine.kernel().populate(task, REGION_VA + (node * share << 12), share << 12, true);
        }
        for (Task task : tasks) {
            if (!hasCaches) {
                board.cpu(task.cpu()).disableCaches();
            }
        }
        board.emptyCaches();
    }

    /** Empties the TLBs of processor 0: the reference begins so. */
    void forget() {
        for (int pcid = 0; pcid < PCIDS; pcid++) {
            board.invalidateAll(0, pcid);
        }
    }

    /** The first batches of a pattern. */
    static AccessBatch[] batches(int count, int hitPercent, boolean hasStores) {
        AccessBatch[] batches = new AccessBatch[count];
        for (int i = 0; i < count; i++) {
            batches[i] = new AccessBatch();
            fill(batches[i], (long) i * AccessBatch.DEFAULT_CAPACITY, hitPercent, hasStores);
        }
        return batches;
    }

    static String name(int hitPercent) {
        return hitPercent == 0 ? "every access walks" : hitPercent + " % hit the first TLB";
    }

    /** The addresses {@code from … from + batch capacity - 1} of a pattern. */
    static void fill(AccessBatch batch, long from, int hitPercent, boolean hasStores) {
        batch.clear();
        for (long i = from; !batch.isFull(); i++) {
            long random = mixed((i + 1) * GOLDEN);
            long page = (random >>> 32) % 100 < hitPercent
                    ? (random & 0xFFFF) % HOT_PAGES
                    : (random & 0xFFFF_FFFFL) % REGION_PAGES;
            batch.add(REGION_VA + (page << 12) + ((random >>> 40 & 63) << 6), hasStores && i % STORE_EVERY == 0);
        }
    }

    private static long mixed(long value) {
        long x = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        x = (x ^ x >>> 27) * 0x94D0_49BB_1331_11EBL;
        return x ^ x >>> 31;
    }

    /** The counters in the order in which the reference prints them. */
    static long[] counters(Pmu pmu) {
        long[] counters = new long[3 + 5 * NODES];
        counters[0] = pmu.l1TlbMisses;
        counters[1] = pmu.stlbMisses;
        counters[2] = pmu.walks;
        int at = 3;
        for (int level = 0; level <= 4; level++) {
            for (int node = 0; node < NODES; node++) {
                counters[at++] =
                        level == 0 ? pmu.dataReads(Pmu.MEMORY + node) : pmu.walkReads(level, Pmu.MEMORY + node);
            }
        }
        return counters;
    }
}
