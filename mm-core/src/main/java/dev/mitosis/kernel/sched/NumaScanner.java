package dev.mitosis.kernel.sched;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hides a piece of each task's pages now and then, learns from the hints where its memory is, and has it placed there.
 *
 * <p>The period adapts: it doubles while most of the hints are local, and halves while they are not.
 *
 * <p>Source: Linux {@code kernel/sched/fair.c:task_tick_numa, update_task_scan_period, task_numa_placement}.
 */
final class NumaScanner {
    /** NUMA_PERIOD_THRESHOLD: seven tenths local is local enough. */
    private static final double LOCAL_ENOUGH = 0.7;

    private final Scheduler scheduler;
    private final Kernel kernel;
    private final SchedulerSettings settings;
    private final NumaPlacement placement;
    private final Map<Task, Turn> turns = new HashMap<>();

    private static final class Turn {
        private long period;
        private long due;
    }

    NumaScanner(Scheduler scheduler, Kernel kernel, SchedulerSettings settings) {
        this.scheduler = scheduler;
        this.kernel = kernel;
        this.settings = settings;
        this.placement = new NumaPlacement(scheduler, kernel.context().topology());
    }

    void tick(long now) {
        for (Task task : ordered()) {
            Turn turn = turns.computeIfAbsent(task, first -> firstTurn(now));
            // A task does this itself, so it does so only while it runs.
            if (now >= turn.due && scheduler.queue(scheduler.cpuOf(task)).running() == task) {
                adapt(turn, task);
                placement.place(task);
                kernel.daemons().numaScan(task, settings.scanPages());
                turn.due = now + turn.period;
            }
        }
    }

    void forget(Task task) {
        turns.remove(task);
    }

    /** By number, so that a run is the same each time. */
    private List<Task> ordered() {
        List<Task> tasks = new ArrayList<>();
        scheduler.tasks().forEach(tasks::add);
        tasks.sort((one, other) -> Integer.compare(one.tid(), other.tid()));
        return tasks;
    }

    private Turn firstTurn(long now) {
        Turn turn = new Turn();
        turn.period = settings.scanTicks();
        turn.due = now + turn.period;
        return turn;
    }

    private void adapt(Turn turn, Task task) {
        boolean isLocal = task.numaFaults().localShare() >= LOCAL_ENOUGH;
        long period = isLocal ? turn.period * 2 : turn.period / 2;
        turn.period = Math.max(settings.scanTicks(), Math.min(settings.maxScanTicks(), period));
    }
}
