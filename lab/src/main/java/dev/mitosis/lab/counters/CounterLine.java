package dev.mitosis.lab.counters;

/**
 * One count as {@code perf stat} prints it.
 *
 * @param line of the file, from 1
 * @param sample counts with the same number and interval belong together
 * @param interval its end in seconds, or a negative number where there are no intervals
 * @param count negative where the event was {@link Status#NOT_COUNTED} or is {@link Status#NOT_SUPPORTED}
 * @param event as printed
 * @param runningPercent part of the time in which it was counted; perf has scaled the count up
 * @param spread standard error of the mean over several runs, relative; negative where there is one run
 * @param runs that the count is the mean of
 */
record CounterLine(
        int line,
        int sample,
        double interval,
        Status status,
        double count,
        String event,
        double runningPercent,
        double spread,
        int runs) {
    enum Status {
        COUNTED,
        NOT_COUNTED,
        NOT_SUPPORTED
    }
}
