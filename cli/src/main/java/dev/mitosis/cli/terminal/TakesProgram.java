package dev.mitosis.cli.terminal;

/**
 * Marks a command whose positional parameters are a program and its arguments: options end at the first of them, so that
 * {@code mitosis whatif sort -n file} gives {@code -n} to sort.
 */
public interface TakesProgram {}
