package dev.mitosis.kvm;

/**
 * The shape of a two-dimensional page walk: how many page-table entries hardware reads to translate one guest-virtual
 * address when no cache of translations helps, and which entry each step reads.
 *
 * <p>Shape: every guest entry lies at a guest-physical address, so reading it takes a host walk of {@code h} entries and the
 * entry itself, {@code g} times; the address that results takes one last host walk. That is g·(h+1)+h references: 24 for
 * four levels in both dimensions, 35 for five. A huge page ends its dimension's walk early, at its leaf level.
 *
 * <p>Source: Intel SDM vol. 3C, "EPT Translation Mechanism"; Bhargava et al., Accelerating two-dimensional page walks for
 * virtualized systems (ASPLOS'08); vMitosis (ASPLOS'21) §2.1.
 *
 * @param guestLevels levels of the guest page table: 4 or 5
 * @param hostLevels levels of the extended page table: 4 or 5
 * @param guestLeafLevel the level whose entry maps the guest's page: 1 for 4 KiB, 2 for 2 MiB, 3 for 1 GiB
 * @param hostLeafLevel the level whose entry maps guest-physical memory, for guest tables and data alike
 */
public record NestedWalk(int guestLevels, int hostLevels, int guestLeafLevel, int hostLeafLevel) {
    /** The guest level of the steps that translate the data page's own address. */
    public static final int DATA = 0;

    private static final int HIGHEST_LEAF_LEVEL = 3;

    public NestedWalk {
        check("guest", guestLevels, guestLeafLevel);
        check("host", hostLevels, hostLeafLevel);
    }

    /** A walk over 4 KiB pages in both dimensions. */
    public static NestedWalk ofBasePages(int guestLevels, int hostLevels) {
        return new NestedWalk(guestLevels, hostLevels, 1, 1);
    }

    private static void check(String dimension, int levels, int leafLevel) {
        if (levels != 4 && levels != 5) {
            throw new IllegalArgumentException("the " + dimension + " page table has 4 or 5 levels, not " + levels);
        }
        if (leafLevel < 1 || leafLevel > HIGHEST_LEAF_LEVEL) {
            throw new IllegalArgumentException(
                    "a " + dimension + " page is mapped at level 1, 2 or 3, not " + leafLevel);
        }
    }

    /** The references to the guest page table: one for each level down to the leaf. */
    public int guestReferences() {
        return guestLevels - guestLeafLevel + 1;
    }

    /** The references of one walk of the extended page table. */
    public int hostReferencesOfOneWalk() {
        return hostLevels - hostLeafLevel + 1;
    }

    /** The references to the extended page table in the whole walk. */
    public int hostReferences() {
        return (guestReferences() + 1) * hostReferencesOfOneWalk();
    }

    /** All references: g·(h+1)+h. */
    public int references() {
        return guestReferences() + hostReferences();
    }

    /**
     * The references when the {@code levels} upper guest levels were found in a page-walk cache, which holds host-physical
     * addresses: the host walks for their tables, and for the first table below them, are spared too.
     */
    public int referencesAfterGuestCacheHit(int levels) {
        if (levels < 0 || levels >= guestReferences()) {
            throw new IllegalArgumentException(
                    levels + " of " + guestReferences() + " guest levels cannot come from a page-walk cache");
        }
        if (levels == 0) {
            return references();
        }
        int guestLeft = guestReferences() - levels;
        return guestLeft + guestLeft * hostReferencesOfOneWalk();
    }

    /** Says whether a step (from 0) reads an entry of the guest page table; the other steps read the extended one. */
    public boolean isGuestStep(int step) {
        checkStep(step);
        return step % stepsOfOneGuestLevel() == hostReferencesOfOneWalk();
    }

    /** The guest level that a step reads, or whose table it locates; {@link #DATA} when it locates the data page. */
    public int guestLevelOf(int step) {
        checkStep(step);
        int row = step / stepsOfOneGuestLevel();
        return row == guestReferences() ? DATA : guestLevels - row;
    }

    /** The host level that a step reads. */
    public int hostLevelOf(int step) {
        if (isGuestStep(step)) {
            throw new IllegalArgumentException("step " + step + " reads the guest page table");
        }
        return hostLevels - step % stepsOfOneGuestLevel();
    }

    private int stepsOfOneGuestLevel() {
        return hostReferencesOfOneWalk() + 1;
    }

    private void checkStep(int step) {
        if (step < 0 || step >= references()) {
            throw new IllegalArgumentException("step " + step + " of a walk of " + references());
        }
    }
}
