package dev.mitosis.halnative;

import com.sun.jna.LastErrorException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The memory policy and the processors of the calling thread, as the kernel has them. A program executed by the thread inherits
 * both.
 *
 * <p>Source: set_mempolicy(2), get_mempolicy(2), sched_setaffinity(2).
 */
public final class HostPolicy {
    public static final int DEFAULT = 0;
    public static final int PREFERRED = 1;
    public static final int BIND = 2;
    public static final int INTERLEAVE = 3;
    public static final int LOCAL = 4;
    public static final int PREFERRED_MANY = 5;
    public static final int WEIGHTED_INTERLEAVE = 6;
    /** Or-ed to {@link #BIND}: the kernel may balance within the mask. */
    public static final int NUMA_BALANCING = 1 << 13;

    private static final int MODE_BITS = 0xFF;
    private static final int F_NODE = 1;
    private static final int MAX_NODES = 1024;
    private static final int MAX_CPUS = 8192;

    private HostPolicy() {}

    /** A policy as read: its mode and its nodes. */
    public record Policy(int mode, BitSet nodes) {}

    /** Sets the thread's memory policy; an empty mask is passed as none for the modes that take none. */
    public static void set(int mode, BitSet nodes) throws NativeError {
        boolean takesNone = mode == DEFAULT || mode == LOCAL;
        try {
            LibC.syscall(
                    LibC.SYS_SET_MEMPOLICY,
                    mode,
                    takesNone ? null : words(nodes, MAX_NODES),
                    takesNone ? 0 : MAX_NODES + 1);
        } catch (LastErrorException e) {
            throw new NativeError(e.getErrorCode());
        }
    }

    public static Policy get() throws NativeError {
        int[] mode = new int[1];
        long[] mask = new long[MAX_NODES / Long.SIZE];
        try {
            LibC.syscall(LibC.SYS_GET_MEMPOLICY, mode, mask, MAX_NODES + 1, 0, 0);
        } catch (LastErrorException e) {
            throw new NativeError(e.getErrorCode());
        }
        return new Policy(mode[0] & MODE_BITS, BitSet.valueOf(mask));
    }

    /** The node that an interleaving thread's next page goes to. */
    public static int nextInterleaveNode() throws NativeError {
        int[] node = new int[1];
        try {
            LibC.syscall(LibC.SYS_GET_MEMPOLICY, node, null, 0, 0, F_NODE);
        } catch (LastErrorException e) {
            throw new NativeError(e.getErrorCode());
        }
        return node[0];
    }

    /** Binds the thread to processors. */
    public static void setAffinity(BitSet cpus) throws NativeError {
        long[] mask = words(cpus, MAX_CPUS);
        try {
            LibC.syscall(LibC.SYS_SCHED_SETAFFINITY, 0, MAX_CPUS / Byte.SIZE, mask);
        } catch (LastErrorException e) {
            throw new NativeError(e.getErrorCode());
        }
    }

    public static BitSet affinity() throws NativeError {
        long[] mask = new long[MAX_CPUS / Long.SIZE];
        try {
            LibC.syscall(LibC.SYS_SCHED_GETAFFINITY, 0, MAX_CPUS / Byte.SIZE, mask);
        } catch (LastErrorException e) {
            throw new NativeError(e.getErrorCode());
        }
        return BitSet.valueOf(mask);
    }

    private static long[] words(BitSet bits, int size) {
        return Arrays.copyOf(bits.toLongArray(), size / Long.SIZE);
    }
}
