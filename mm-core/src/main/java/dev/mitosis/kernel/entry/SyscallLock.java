package dev.mitosis.kernel.entry;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import java.util.function.Supplier;

/**
 * The frame of a system call: it enters the services, takes mmap_lock, runs the call, and releases the lock.
 *
 * <p>A call that changes areas uses {@code write}; one that only looks at them, or moves their pages, uses {@code read}.
 */
public final class SyscallLock {
    private final KernelEntry entry;

    public SyscallLock(KernelEntry entry) {
        this.entry = entry;
    }

    /** Runs a call of a task that changes areas. */
    public void write(Task task, Runnable call) {
        write(task, () -> {
            call.run();
            return 0L;
        });
    }

    /** Runs a call of a task that changes areas, and returns its result. */
    public <T> T write(Task task, Supplier<T> call) {
        entry.systemCall(task.cpu());
        MmStruct mm = task.mm();
        mm.lock().lockWrite();
        try {
            return call.get();
        } finally {
            mm.lock().unlockWrite();
        }
    }

    /** Runs a call of a task that leaves areas as they are. */
    public void read(Task task, Runnable call) {
        read(task, task.mm(), () -> {
            call.run();
            return 0L;
        });
    }

    /** Runs a call of a task that leaves the areas of an address space as they are, and returns its result. */
    public <T> T read(Task task, MmStruct mm, Supplier<T> call) {
        int cpu = task.cpu();
        entry.systemCall(cpu);
        mm.lock().lockRead(cpu);
        try {
            return call.get();
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }

    /** Runs a call that needs no lock of an address space. */
    public void unlocked(Task task, Runnable call) {
        entry.systemCall(task.cpu());
        call.run();
    }
}
