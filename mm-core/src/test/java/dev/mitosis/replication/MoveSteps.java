package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.replication.NaiveMemory.Page;
import dev.mitosis.replication.ScriptMachine.Running;
import dev.mitosis.x86.Pte;

/** The steps that move what is mapped to other addresses. */
final class MoveSteps {
    private MoveSteps() {}

    static void mremap(ScriptMachine machine, Running process, Task task, Step step, Range range, boolean keepsOld) {
        long to = Range.targetOf(step);
        int flags = Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED | (keepsOld ? Abi.MREMAP_DONTUNMAP : 0);
        if (to < range.va() + range.bytes() && range.va() < to + range.bytes()) {
            return;
        }
        Vma area = task.mm().areas().find(range.va());
        try {
            machine.kernel.mremap(task, range.va(), range.bytes(), range.bytes(), flags, to);
        } catch (KernelException notOneMapping) {
            return;
        }
        for (int i = 0; i < range.pages(); i++) {
            long from = (range.va() >>> 12) + i;
            Page moved = keepsOld
                    ? ScriptMachine.assertPresent(process, from).copy()
                    : process.memory().pages.remove(from);
            assertNotNull(moved, "mremap moved a page that is not mapped");
            process.memory().pages.put((to >>> 12) + i, moved);
            if (keepsOld) {
                Page rest = ScriptMachine.assertPresent(process, from);
                if (rest.isPrivate) {
                    rest.forget();
                }
            }
        }
        if (keepsOld && area != null) {
            // The whole area that stays is unlocked, also where only a part of it moved.
            for (long page = area.startVa() >>> 12; page < area.endVa() >>> 12; page++) {
                ScriptMachine.assertPresent(process, page).isLocked = false;
            }
        }
        // Locking is kept, and what is locked is touched.
        range.forEach(page -> {
            Page state = ScriptMachine.assertPresent(process, page + ((to - range.va()) >> 12));
            long entry = machine.kernel.translate(task.mm(), to + (page << 12) - range.va());
            if (state.isLocked && state.isPrivate && state.allows(true) && Pte.isMapped(entry)) {
                machine.touch(task, state, (to >>> 12) + page - (range.va() >>> 12));
            }
        });
    }
}
