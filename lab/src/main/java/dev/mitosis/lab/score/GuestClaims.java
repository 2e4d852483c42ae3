package dev.mitosis.lab.score;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What the run times of a workload in a guest say about its two trees, whatever the numbers are: a tree that was moved back is a local one, a
 * remote tree costs the same whichever of the two it is, both add up, and moving one brings its share.
 *
 * <p>Source: vMitosis (ASPLOS'21) §2.1, §4.1, figures 1 and 3.
 */
public final class GuestClaims {
    /** A run time by configuration; empty where there is none. */
    public interface Times {
        OptionalDouble of(String config);
    }

    private static final String[][] SAME = {{"RRIE", "RLI"}, {"RRIG", "LRI"}, {"RRIM", "LL"}};

    private final Times times;

    public GuestClaims(Times times) {
        this.times = times;
    }

    /** The most that two configurations differ, in percent, that are the same by what their names mean: RRIE and RLI, RRIG and LRI, RRIM and LL. */
    public OptionalDouble identitiesPercent() {
        double most = -1;
        for (String[] pair : SAME) {
            OptionalDouble one = times.of(pair[0]);
            OptionalDouble other = times.of(pair[1]);
            if (one.isPresent() && other.isPresent()) {
                most = Math.max(most, 100 * Math.abs(one.getAsDouble() / other.getAsDouble() - 1));
            }
        }
        return most < 0 ? OptionalDouble.empty() : OptionalDouble.of(most);
    }

    /** What a remote guest's table adds to the run time, over what a remote extended one does. */
    public OptionalDouble symmetry(String pages) {
        return ratio(added(pages + "RL", pages), added(pages + "LR", pages));
    }

    /** What both remote add, over the sum of what each alone does. */
    public OptionalDouble additivity(String pages) {
        OptionalDouble guest = added(pages + "RL", pages);
        OptionalDouble extended = added(pages + "LR", pages);
        OptionalDouble sum = guest.isPresent() && extended.isPresent()
                ? OptionalDouble.of(guest.getAsDouble() + extended.getAsDouble())
                : OptionalDouble.empty();
        return ratio(added(pages + "RR", pages), sum);
    }

    /** What moving one tree back from a busy node saves, over what moving both does; {@code moved} is E or G. */
    public OptionalDouble gain(String pages, String moved) {
        return ratio(saved(pages, moved), saved(pages, "M"));
    }

    private OptionalDouble added(String config, String pages) {
        return difference(config, pages + "LL");
    }

    private OptionalDouble saved(String pages, String moved) {
        return difference(pages + "RRI", pages + "RRI" + moved);
    }

    private OptionalDouble difference(String config, String from) {
        OptionalDouble one = times.of(config);
        OptionalDouble other = times.of(from);
        return one.isPresent() && other.isPresent()
                ? OptionalDouble.of(one.getAsDouble() - other.getAsDouble())
                : OptionalDouble.empty();
    }

    private static OptionalDouble ratio(OptionalDouble part, OptionalDouble whole) {
        return part.isPresent() && whole.isPresent() && whole.getAsDouble() > 0
                ? OptionalDouble.of(part.getAsDouble() / whole.getAsDouble())
                : OptionalDouble.empty();
    }

    /** The claims in words, ours beside what is known of the published ones. */
    public static List<String> text(String workload, Times ours, Times published) {
        GuestClaims predicted = new GuestClaims(ours);
        GuestClaims known = new GuestClaims(published);
        List<String> lines = new ArrayList<>();
        predicted
                .identitiesPercent()
                .ifPresent(percent -> lines.add(String.format(
                        Locale.ROOT,
                        "%s: a tree that was moved back is a local one: RRIE = RLI, RRIG = LRI and RRIM = LL within %.1f %%%s.",
                        workload,
                        percent,
                        beside(known.identitiesPercent(), " (published %.1f %%)"))));
        predicted
                .symmetry("")
                .ifPresent(symmetry -> lines.add(String.format(
                        Locale.ROOT,
                        "%s: a remote guest's table costs %.2f of what a remote extended one does%s, both %.2f of the sum%s.",
                        workload,
                        symmetry,
                        beside(known.symmetry(""), " (published %.2f)"),
                        predicted.additivity("").orElse(Double.NaN),
                        beside(known.additivity(""), " (%.2f)"))));
        for (String pages : List.of("", "TF")) {
            predicted
                    .gain(pages, "E")
                    .ifPresent(extended -> lines.add(String.format(
                            Locale.ROOT,
                            "%s%s: moving the extended table alone brings %.0f %% of the gain of both%s, the guest's alone %.0f %%%s.",
                            workload,
                            pages.isEmpty() ? "" : ", fragmented",
                            100 * extended,
                            besidePercent(known.gain(pages, "E"), " (published %.0f %%)"),
                            100 * predicted.gain(pages, "G").orElse(Double.NaN),
                            besidePercent(known.gain(pages, "G"), " (%.0f %%)"))));
        }
        return lines;
    }

    private static String beside(OptionalDouble published, String format) {
        return published.isPresent() ? String.format(Locale.ROOT, format, published.getAsDouble()) : "";
    }

    private static String besidePercent(OptionalDouble published, String format) {
        return published.isPresent() ? String.format(Locale.ROOT, format, 100 * published.getAsDouble()) : "";
    }
}
