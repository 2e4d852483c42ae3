package dev.mitosis.lab.run;

/** The pages of a guest and of the host below it. */
public enum GuestPages {
    /** Base pages in both. */
    BASE(false, false),
    /** Huge pages in the host only: the guest's memory is fragmented. */
    HOST_HUGE(false, true),
    /** Huge pages in both. */
    HUGE(true, true);

    private final boolean guestThp;
    private final boolean hostThp;

    GuestPages(boolean guestThp, boolean hostThp) {
        this.guestThp = guestThp;
        this.hostThp = hostThp;
    }

    boolean guestThp() {
        return guestThp;
    }

    boolean hostThp() {
        return hostThp;
    }
}
