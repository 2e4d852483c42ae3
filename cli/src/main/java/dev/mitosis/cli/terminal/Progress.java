package dev.mitosis.cli.terminal;

import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on standard error, with the time passed and the time left, where that is a terminal; nothing at all elsewhere.
 *
 * <p>The launcher says whether it is one, in the property {@code mitosis.terminal}: Java can only ask about the console.
 *
 * <p>Cost: call it once a batch or epoch, not once an access.
 */
public final class Progress implements AutoCloseable {
    private static final int UPDATE_MILLIS = 200;

    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /** A bar towards a known total; a total below zero means that nobody knows. */
    public static Progress of(String task, long total, String unit, long unitSize) {
        if (!Boolean.getBoolean("mitosis.terminal")) {
            return new Progress(null);
        }
        return new Progress(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(unit, unitSize)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setStyle(ProgressBarStyle.ASCII)
                .clearDisplayOnFinish()
                .startsFrom(0, Duration.ZERO)
                .build());
    }

    /** Sets a total that became known on the way. */
    public void outOf(long total) {
        if (bar != null && bar.getMax() != total) {
            bar.maxHint(total);
        }
    }

    /** Moves the bar to a position. */
    public void to(long position) {
        if (bar != null) {
            bar.stepTo(position);
        }
    }

    /** Says what is being done now, beside the bar. */
    public void note(String doing) {
        if (bar != null) {
            bar.setExtraMessage(" " + doing);
        }
    }

    /** Removes the bar, so that what is printed next stands alone. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
