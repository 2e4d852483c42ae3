package dev.mitosis.mm.vma;

/**
 * What a process may take at the most; a child inherits it.
 *
 * <p>Units: bytes; {@link #UNLIMITED} is RLIM_INFINITY.
 *
 * <p>Source: getrlimit(2); Linux {@code mm/mmap.c:may_expand_vm}.
 */
public final class ResourceLimits {
    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final long DEFAULT_STACK_BYTES = 8L << 20;

    private volatile long addressSpaceBytes = UNLIMITED;
    private volatile long dataBytes = UNLIMITED;
    private volatile long lockedBytes = UNLIMITED;
    private volatile long stackBytes = DEFAULT_STACK_BYTES;

    /** RLIMIT_AS: all areas together. */
    public long addressSpaceBytes() {
        return addressSpaceBytes;
    }

    public void setAddressSpaceBytes(long bytes) {
        addressSpaceBytes = bytes;
    }

    /** RLIMIT_DATA: the heap. */
    public long dataBytes() {
        return dataBytes;
    }

    public void setDataBytes(long bytes) {
        dataBytes = bytes;
    }

    /** RLIMIT_MEMLOCK: locked areas together. */
    public long lockedBytes() {
        return lockedBytes;
    }

    public void setLockedBytes(long bytes) {
        lockedBytes = bytes;
    }

    /** RLIMIT_STACK: how far an area that grows downwards may reach. */
    public long stackBytes() {
        return stackBytes;
    }

    public void setStackBytes(long bytes) {
        stackBytes = bytes;
    }

    public void copyFrom(ResourceLimits other) {
        addressSpaceBytes = other.addressSpaceBytes;
        dataBytes = other.dataBytes;
        lockedBytes = other.lockedBytes;
        stackBytes = other.stackBytes;
    }
}
