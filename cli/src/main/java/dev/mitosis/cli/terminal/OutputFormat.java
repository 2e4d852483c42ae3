package dev.mitosis.cli.terminal;

/** How a command prints its results: for people, for programs, for spreadsheets. The facts are the same in all. */
public enum OutputFormat {
    TEXT,
    JSON,
    CSV
}
