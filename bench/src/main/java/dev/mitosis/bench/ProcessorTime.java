package dev.mitosis.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** The time that a processor has spent on the calling thread: what a neighbour on a shared machine takes is not in it. */
final class ProcessorTime {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ProcessorTime() {}

    static long nanos() {
        return THREADS.getCurrentThreadCpuTime();
    }
}
