package dev.mitosis.cli.terminal;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;

/** The words nearest to one that was typed wrong. */
public final class Nearest {
    private static final int MOST = 2;

    private Nearest() {}

    /** The end of a refusal: {@code ; did you mean A or B?}, or nothing where no word is near. */
    public static String didYouMean(String typed, Collection<String> known) {
        List<String> near = to(typed, known);
        return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
    }

    /** All long options of a command, and its short ones. */
    public static List<String> optionsOf(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> !option.hidden())
                .flatMap(option -> List.of(option.names()).stream())
                .sorted()
                .toList();
    }

    /** At most two words: those that begin so, and those that differ by no more than a third of their letters. */
    static List<String> to(String typed, Collection<String> known) {
        String word = typed.replaceFirst("=.*", "").toLowerCase(Locale.ROOT);
        int most =
                Math.max(1, (int) word.chars().filter(letter -> letter != '-').count() / 3);
        List<String> begin = known.stream()
                .filter(candidate -> word.length() > 3 && candidate.startsWith(word))
                .sorted()
                .toList();
        if (!begin.isEmpty()) {
            return begin.subList(0, Math.min(MOST, begin.size()));
        }
        return known.stream()
                .filter(candidate -> distance(word, candidate) <= most)
                .sorted(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(candidate -> candidate))
                .limit(MOST)
                .toList();
    }

    /** Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment). */
    private static int distance(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int same = from.charAt(i - 1) == Character.toLowerCase(to.charAt(j - 1)) ? 0 : 1;
                int least = Math.min(cost[i - 1][j - 1] + same, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    least = Math.min(least, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = least;
            }
        }
        return cost[from.length()][to.length()];
    }
}
