package dev.mitosis.kvm;

/**
 * Who has touched the memory of a guest before the program that is looked at, in pieces of 2 MiB.
 *
 * <p>A host gives a guest's memory a frame, and its extended page table a table, when it is touched for the first time, and never again: what a
 * program of the guest has freed stays where it was touched first.
 *
 * @param tables the share of the pieces for guest tables that all vCPUs touched, in the order of a race, 0 to 1; the others come to be where
 *     they are touched again
 * @param data the same of all other memory
 * @param isLoadedByOne whether one vCPU touched all other memory instead, until its socket was full
 */
public record GuestPast(double tables, double data, boolean isLoadedByOne) {
    public GuestPast {
        if (!(tables >= 0 && tables <= 1 && data >= 0 && data <= 1) || (isLoadedByOne && data != 0)) {
            throw new IllegalArgumentException("shares " + tables + " and " + data);
        }
    }

    /** A share of everything was touched by all. */
    public static GuestPast shared(double share) {
        return new GuestPast(share, share, false);
    }

    /** Programs whose memory one thread loaded, and a kernel that took frames for its tables on all vCPUs. */
    public static GuestPast loadedByOne() {
        return new GuestPast(1, 0, true);
    }
}
