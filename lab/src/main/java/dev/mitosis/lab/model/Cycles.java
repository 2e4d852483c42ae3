package dev.mitosis.lab.model;

/**
 * The run time of a program and the part of it that is page walks.
 *
 * <p>Units: cycles of all threads together, unless a method says seconds.
 */
public record Cycles(double runtime, double walk) {}
