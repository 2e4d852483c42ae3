package dev.mitosis.testing;

import java.util.ArrayList;
import java.util.List;

/** Shortens a script that fails, by leaving out ever smaller parts of it. */
public final class Shrinker {
    private Shrinker() {}

    /** Says whether a script still fails. */
    public interface Failing<T, E extends Exception> {
        boolean test(List<T> script) throws E;
    }

    /** The shortest script found that still fails. */
    public static <T, E extends Exception> List<T> shrink(List<T> failing, Failing<T, E> stillFails) throws E {
        List<T> script = new ArrayList<>(failing);
        for (int part = script.size() / 2; part >= 1; part = part == 1 ? 0 : part / 2) {
            for (int at = 0; at + part <= script.size(); ) {
                List<T> shorter = new ArrayList<>(script);
                shorter.subList(at, at + part).clear();
                if (stillFails.test(shorter)) {
                    script = shorter;
                } else {
                    at += part;
                }
            }
        }
        return script;
    }
}
