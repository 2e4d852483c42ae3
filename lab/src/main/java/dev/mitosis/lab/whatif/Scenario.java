package dev.mitosis.lab.whatif;

import java.util.Locale;

/** The situations in which the placement of page tables matters to a program, and the one that somebody asks for. */
public enum Scenario {
    /** Its threads are spread over all sockets, from their start; all of the run counts. */
    WIDE("its threads spread over the sockets"),
    /**
     * It loads on one socket; then the scheduler moves it to another, and NUMA balancing moves its data after it. The page tables
     * stay behind unless a policy moves them. What follows the move counts.
     */
    MOVED("moved to another socket after loading, its data with it"),
    /** Its threads and its memory are where a {@link Placement} says, and stay there; all of the run counts. */
    PLACED("its threads and memory where you put them");

    private final String description;

    Scenario(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }

    /** The name in output and on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
