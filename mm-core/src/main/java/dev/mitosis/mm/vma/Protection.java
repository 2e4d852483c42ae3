package dev.mitosis.mm.vma;

import dev.mitosis.x86.Pte;

/**
 * How an area's protection is written into its leaf entries.
 *
 * <p>On x86 a mapped page can be read whatever its other rights, unless it has none at all.
 *
 * <p>Source: Linux {@code arch/x86/mm/pgprot.c:protection_map}.
 */
public final class Protection {
    /** The bits of a leaf that protection decides. */
    public static final long BITS = Pte.PRESENT | Pte.PROT_NONE | Pte.WRITE | Pte.NO_EXECUTE;

    private Protection() {}

    /** The flags of a leaf of an area; the right to write is among them only when {@code isWritable}. */
    public static long flags(int areaFlags, boolean isWritable) {
        long access = (areaFlags & Vma.PROTECTION) == 0 ? Pte.PROT_NONE : Pte.PRESENT;
        long write = isWritable && (areaFlags & Vma.WRITE) != 0 ? Pte.WRITE : 0;
        long execute = (areaFlags & Vma.EXEC) != 0 ? 0 : Pte.NO_EXECUTE;
        return access | write | execute | Pte.USER;
    }

    /** Says whether an area lets an access of this kind happen. */
    public static boolean allows(int areaFlags, boolean isWrite, boolean isFetch) {
        if (isWrite) {
            return (areaFlags & Vma.WRITE) != 0;
        }
        return isFetch ? (areaFlags & Vma.EXEC) != 0 : (areaFlags & Vma.PROTECTION) != 0;
    }
}
