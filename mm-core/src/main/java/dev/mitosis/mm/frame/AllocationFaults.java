package dev.mitosis.mm.frame;

/**
 * Lets allocations fail on purpose, to see what the kernel makes of it.
 *
 * <p>Source: Linux {@code Documentation/fault-injection/fault-injection.rst} (fail_page_alloc).
 */
public interface AllocationFaults {
    /** Nothing fails on purpose. */
    AllocationFaults NONE = (kind, node) -> false;

    /** What is asked for. */
    enum Kind {
        DATA,
        TABLE,
        SWAP
    }

    /** Asked before each allocation; true makes it fail. {@code node} is -1 for swap. */
    boolean fails(Kind kind, int node);
}
