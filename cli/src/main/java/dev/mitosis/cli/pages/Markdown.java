package dev.mitosis.cli.pages;

import java.util.List;

/** Pieces of Markdown whose text is taken as it is. */
final class Markdown {
    private Markdown() {}

    /** A table; cells are Markdown already. */
    static String table(List<String> heads, List<List<String>> rows) {
        StringBuilder table = new StringBuilder(row(heads))
                .append("|---".repeat(heads.size()))
                .append("|\n");
        rows.forEach(cells -> table.append(row(cells)));
        return table.toString();
    }

    private static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    /** Plain text in a paragraph or a cell: nothing in it is markup. */
    static String plain(String text) {
        return text.strip()
                .replaceAll("\\s+", " ")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace("|", "\\|")
                .replace("*", "\\*")
                .replace("_", "\\_")
                .replace("[", "\\[");
    }

    /** Code in a cell. */
    static String code(String text) {
        return "`" + text.strip().replace("|", "\\|") + "`";
    }

    /** Lines as they are. */
    static String fenced(String text) {
        return "```text\n" + text.stripTrailing() + "\n```\n";
    }
}
