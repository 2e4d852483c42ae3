package dev.mitosis.mm.vma;

import dev.mitosis.mm.frame.FrameAllocator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A virtual memory area: a range of pages with the same protection, flags, policy and backing.
 *
 * <p>Shape: {@code [startVa, endVa)}, page aligned, not empty. The tree that holds an area changes its bounds; nothing else
 * changes but by replacing the area.
 *
 * <p>Source: Linux {@code include/linux/mm_types.h:struct vm_area_struct}.
 */
public final class Vma {
    /** May be read, written, executed: the values of PROT_READ, PROT_WRITE and PROT_EXEC. */
    public static final int READ = 1;

    public static final int WRITE = 2;
    public static final int EXEC = 4;
    public static final int PROTECTION = READ | WRITE | EXEC;
    /** Writes are seen by all that map it (MAP_SHARED). */
    public static final int SHARED = 1 << 3;
    /** Grows downwards on a fault just below it (MAP_GROWSDOWN). */
    public static final int GROWSDOWN = 1 << 4;
    /** Its pages stay in memory (MAP_LOCKED, mlock). */
    public static final int LOCKED = 1 << 5;
    /** No swap is set aside for it (MAP_NORESERVE). */
    public static final int NORESERVE = 1 << 6;
    /** Huge pages wanted (MADV_HUGEPAGE), or not (MADV_NOHUGEPAGE). */
    public static final int HUGEPAGE = 1 << 7;

    public static final int NOHUGEPAGE = 1 << 8;
    /** A child does not get it (MADV_DONTFORK), or gets it empty (MADV_WIPEONFORK). */
    public static final int DONTFORK = 1 << 9;

    public static final int WIPEONFORK = 1 << 10;
    /** Mapped by 2 MiB pages from the huge page pool (MAP_HUGETLB), or by 1 GiB pages. */
    public static final int HUGETLB = 1 << 11;

    public static final int HUGETLB_1G = 1 << 12;
    /** Its pages count against the commit limit: private, and writable once. */
    public static final int ACCOUNT = 1 << 13;
    /** Equal pages in it may be merged (MADV_MERGEABLE). */
    public static final int MERGEABLE = 1 << 14;
    /** Stays out of a core dump (MADV_DONTDUMP). */
    public static final int DONTDUMP = 1 << 15;
    /** Read in order, or out of it (MADV_SEQUENTIAL, MADV_RANDOM). */
    public static final int SEQUENTIAL = 1 << 16;

    public static final int RANDOM = 1 << 17;
    /** Pages are locked as they are touched, not at once (MLOCK_ONFAULT). */
    public static final int LOCKONFAULT = 1 << 18;
    /** The file was opened for reading only, so a shared mapping of it never may be written (VM_MAYWRITE is clear). */
    public static final int NEVER_WRITE = 1 << 19;

    private long startVa;
    private long endVa;
    private long pageOffset;
    private final int flags;
    private final Mempolicy policy;
    private final @Nullable Object file;
    /** Whether it has had pages of its own: what Linux says by an anon_vma. Only then does a fork copy its leaves. */
    private volatile boolean hasOwnPages;

    /**
     * @param pageOffset page of the file at {@code startVa}; for anonymous areas the page number of the address that it was
     *     first mapped at
     * @param policy {@link Mempolicy#LOCAL} when the task's policy decides
     * @param file what backs it, compared by identity; null for anonymous memory
     */
    public Vma(long startVa, long endVa, int flags, long pageOffset, Mempolicy policy, @Nullable Object file) {
        assert startVa < endVa && ((startVa | endVa) & 4095) == 0
                : Long.toHexString(startVa) + "-" + Long.toHexString(endVa);
        this.startVa = startVa;
        this.endVa = endVa;
        this.flags = flags;
        this.pageOffset = pageOffset;
        this.policy = policy;
        this.file = file;
    }

    public long startVa() {
        return startVa;
    }

    public long endVa() {
        return endVa;
    }

    public int flags() {
        return flags;
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    public long pageOffset() {
        return pageOffset;
    }

    public Mempolicy policy() {
        return policy;
    }

    public @Nullable Object file() {
        return file;
    }

    /** log2 of the frames of its pages, for areas of the huge page pool. */
    public int hugeOrder() {
        return has(HUGETLB_1G) ? FrameAllocator.ORDER_1G : FrameAllocator.ORDER_2M;
    }

    /** The page of the object, or of the area as it was first mapped, at an address. */
    public long pageAt(long va) {
        return pageOffset + ((va - startVa) >> 12);
    }

    public boolean isAnonymous() {
        return file == null;
    }

    public boolean isPrivate() {
        return !has(SHARED);
    }

    public boolean contains(long va) {
        return va >= startVa && va < endVa;
    }

    public long pages() {
        return (endVa - startVa) >>> 12;
    }

    /** The same area over another range of it, with other flags and another policy. */
    public Vma with(long start, long end, int newFlags, Mempolicy newPolicy) {
        Vma other = new Vma(start, end, newFlags, pageOffset + ((start - startVa) >> 12), newPolicy, file);
        other.hasOwnPages = hasOwnPages;
        return other;
    }

    /**
     * The same area at another address, as mremap moves it: pages of its own stay known by where they were mapped first, and an
     * anonymous area without any begins anew.
     */
    public Vma movedTo(long start, long end) {
        boolean beginsAnew = file == null && isPrivate() && !hasOwnPages;
        Vma moved = new Vma(start, end, flags, beginsAnew ? start >> 12 : pageOffset, policy, file);
        moved.hasOwnPages = hasOwnPages;
        return moved;
    }

    /** Says whether it has had pages of its own; until then a fork copies none of its leaves. */
    public boolean hasOwnPages() {
        return hasOwnPages;
    }

    /** A page was put into it that is nobody else's. */
    public void noteOwnPage() {
        if (!hasOwnPages) {
            hasOwnPages = true;
        }
    }

    /** The same area as one that never had pages of its own: they have all gone elsewhere. */
    public Vma withoutOwnPages() {
        return new Vma(startVa, endVa, flags, pageOffset, policy, file);
    }

    /** Takes over what is known of an area that becomes a part of this one. */
    void absorb(Vma other) {
        if (other.hasOwnPages) {
            hasOwnPages = true;
        }
    }

    public Vma withFlags(int newFlags) {
        return with(startVa, endVa, newFlags, policy);
    }

    /** The part of the area in {@code [start, end)}. */
    public Vma part(long start, long end) {
        return with(start, end, flags, policy);
    }

    /** Says whether {@code next}, which begins where this ends, could be one area with this. */
    boolean canMergeWith(Vma next) {
        return endVa == next.startVa
                && flags == next.flags
                && file == next.file
                && policy.equals(next.policy)
                && pageOffset + pages() == next.pageOffset;
    }

    /** Moves the bounds; only the tree that holds the area does. */
    public void setBounds(long start, long end) {
        pageOffset += (start - startVa) >> 12;
        startVa = start;
        endVa = end;
    }

    @Override
    public String toString() {
        return Long.toHexString(startVa) + "-" + Long.toHexString(endVa) + " "
                + (has(READ) ? 'r' : '-') + (has(WRITE) ? 'w' : '-') + (has(EXEC) ? 'x' : '-')
                + (has(SHARED) ? 's' : 'p') + (file == null ? "" : " " + Objects.toString(file));
    }
}
