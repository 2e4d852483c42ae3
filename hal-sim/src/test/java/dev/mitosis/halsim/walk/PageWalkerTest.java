package dev.mitosis.halsim.walk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halsim.SmallMachine;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bits that a walk leaves behind, which the kernel reads to age pages: A in every entry it used, D in the leaf of a store. */
class PageWalkerTest {
    private static final long VA = SmallMachine.VA;

    private static long[] tables(SmallMachine machine, int levels) {
        long[] tables = new long[levels + 1];
        tables[levels] = machine.task.mm().pageTable().root();
        for (int level = levels; level > 1; level--) {
            long entry = machine.board.memory().read(tables[level], PagingLevel.index(VA, level));
            tables[level - 1] = Pte.isTable(entry, level) ? Pte.pfn(entry) : 0;
        }
        return tables;
    }

    @ParameterizedTest
    @CsvSource({"4, false", "4, true", "5, false", "5, true"})
    void everyEntryOfTheWayIsAccessedAndOnlyTheLeafOfAStoreDirty(int levels, boolean isStore) {
        SmallMachine machine = new SmallMachine(
                MachineProfile.load("2s-ice-lake"),
                KernelSettings.DEFAULT.withLevels(levels).withThp(false),
                4);
        machine.populateCold(VA, 4096, true);
        long[] tables = tables(machine, levels);
        for (int level = levels; level >= 1; level--) {
            machine.board.memory().getAndAnd(tables[level], PagingLevel.index(VA, level), ~Pte.ACCESSED_DIRTY);
        }
        machine.access(VA, isStore);
        for (int level = levels; level >= 1; level--) {
            long bits = machine.board.memory().read(tables[level], PagingLevel.index(VA, level)) & Pte.ACCESSED_DIRTY;
            long expected = level == 1 && isStore ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
            assertEquals(expected, bits, "level " + level);
        }
    }
}
