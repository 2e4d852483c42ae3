package dev.mitosis.lab.model.wideguest;

import dev.mitosis.lab.model.wideguest.Simulation.Setup;
import dev.mitosis.lab.run.GuestView;

/**
 * A run on all sockets of a guest: the guest, and whether there are copies.
 *
 * @param base the configuration with the local row that it is predicted from
 */
public record WideGuestConfig(
        String name, GuestView view, boolean interleaves, boolean thp, boolean hasCopies, String base) {
    public Setup setup(boolean isHuge) {
        return new Setup(view, interleaves, isHuge);
    }

    /** What its baseline ran in. */
    public Setup baseSetup(boolean isHuge) {
        return new Setup(base.endsWith("OF") ? GuestView.OBLIVIOUS : GuestView.VISIBLE, false, isHuge);
    }

    public boolean isBase() {
        return name.equals(base);
    }

    /** The name of the same run with one copy of each table. */
    public String withoutCopies() {
        int copies = name.indexOf('M');
        return copies < 0 ? name : name.substring(0, copies);
    }
}
