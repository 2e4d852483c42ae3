package dev.mitosis.bench;

/** A program that does nothing: what a virtual machine takes to start and end. */
final class EmptyProgram {
    private EmptyProgram() {}

    public static void main(String[] args) {}
}
