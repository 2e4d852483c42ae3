package dev.mitosis.shim.numactl;

/** Memory policies by Linux's numbers. Source: Linux {@code include/uapi/linux/mempolicy.h}. */
final class Policy {
    static final int DEFAULT = 0;
    static final int PREFERRED = 1;
    static final int BIND = 2;
    static final int INTERLEAVE = 3;
    static final int LOCAL = 4;
    static final int PREFERRED_MANY = 5;
    static final int WEIGHTED_INTERLEAVE = 6;
    /** With BIND: the kernel's balancing may move pages between the nodes. */
    static final int F_NUMA_BALANCING = 1 << 13;

    /** get_mempolicy: the node that is next, or that a page is on. */
    static final int F_NODE = 1;
    /** get_mempolicy: of an address. */
    static final int F_ADDR = 2;
    /** get_mempolicy: the nodes that the task may use. */
    static final int F_MEMS_ALLOWED = 4;

    private Policy() {}

    static String nameOf(int policy) {
        return switch (policy) {
            case DEFAULT -> "default";
            case PREFERRED -> "preferred";
            case BIND -> "bind";
            case INTERLEAVE -> "interleave";
            case LOCAL -> "local";
            case PREFERRED_MANY -> "preferred-many";
            case WEIGHTED_INTERLEAVE -> "weighted-interleave";
            default -> "[" + policy + "]";
        };
    }
}
