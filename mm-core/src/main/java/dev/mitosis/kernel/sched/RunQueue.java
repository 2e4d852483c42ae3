package dev.mitosis.kernel.sched;

import dev.mitosis.mm.Task;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The tasks of one processor: the first is the one that runs. */
final class RunQueue {
    private final Deque<Task> tasks = new ArrayDeque<>();

    /** Tasks that run or wait here. */
    int length() {
        return tasks.size();
    }

    boolean isIdle() {
        return tasks.isEmpty();
    }

    void add(Task task) {
        tasks.addLast(task);
    }

    boolean remove(Task task) {
        return tasks.remove(task);
    }

    @Nullable
    Task running() {
        return tasks.peekFirst();
    }

    /** The next task has its turn. */
    void rotate() {
        if (tasks.size() > 1) {
            tasks.addLast(tasks.removeFirst());
        }
    }

    Collection<Task> tasks() {
        return Collections.unmodifiableCollection(tasks);
    }
}
