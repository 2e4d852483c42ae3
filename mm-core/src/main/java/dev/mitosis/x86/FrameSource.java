package dev.mitosis.x86;

/**
 * Where table frames come from: the kernel implements it above the waist and installs it at boot.
 *
 * <p>Errors: {@code Frames.NO_FRAME} when the node has none left; the source never falls back to another node by itself.
 */
public interface FrameSource {
    /** Takes a cleared table frame of exactly this node. */
    long takeTable(int node);

    /** Gives a table frame back; its contents no longer matter. */
    void returnTable(long table);
}
