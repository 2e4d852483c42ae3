package dev.mitosis.lab.run;

import java.util.Locale;

/** What a wide guest knows of the machine below it, in the papers' words. */
public enum GuestView {
    /** NV: the guest sees the nodes as they are. */
    VISIBLE,
    /** NO: it sees one node. */
    OBLIVIOUS,
    /** NO-P: it sees one node, and asks the hypervisor where its processors are and for frames of tables there. */
    PARAVIRTUAL,
    /** NO-F: it sees one node, has found groups of processors, and lets one of each group touch its frames of tables first. */
    FULLY_VIRTUAL;

    /** The view of a name on the command line; {@link IllegalArgumentException} says which there are. */
    public static GuestView of(String name) {
        for (GuestView view : values()) {
            if (view.label().equals(name)) {
                return view;
            }
        }
        throw new IllegalArgumentException(
                "unknown guest '" + name + "'; there are visible, oblivious, paravirtual, fully-virtual");
    }

    /** The name on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
