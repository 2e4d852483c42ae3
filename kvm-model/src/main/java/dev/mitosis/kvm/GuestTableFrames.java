package dev.mitosis.kvm;

/**
 * How the frames of a guest's page tables come to be on a socket.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.4: a guest that sees the topology, one that asks the hypervisor, one that knows groups only.
 */
public enum GuestTableFrames {
    /** The processor that writes a table first touches its frame, and the host's policy does the rest. */
    AS_TOUCHED,
    /** NO-P: a hypercall has the hypervisor put the frame on the socket that the group's processors are on. */
    HYPERCALL,
    /** NO-F: a processor of the group touches the frame first, when the group's page cache is filled. */
    GROUP_TOUCHES
}
