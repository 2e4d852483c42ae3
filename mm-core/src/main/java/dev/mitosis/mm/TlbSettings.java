package dev.mitosis.mm;

/**
 * How context switches and flushes treat TLBs: the details of CR3 that cost.
 *
 * @param pcid whether context switches keep translations of other address spaces (CR4.PCIDE)
 * @param pti whether user mode has a root of its own, so that each entry to the kernel and each return writes CR3 (page-table
 *     isolation); without PCIDs each write also empties the TLB
 * @param lazy whether a processor that runs out of work keeps its address space loaded, and is not interrupted to flush it
 * @param broadcast whether flushes of an address space that runs on {@value #BROADCAST_CPUS} processors or more are carried by the
 *     hardware, without interrupts (INVLPGB)
 * @param deferred whether munmap puts off the interrupts to other processors, and the freeing, until the range is mapped again or
 *     memory is short
 */
public record TlbSettings(boolean pcid, boolean pti, boolean lazy, boolean broadcast, boolean deferred) {
    /** From how many processors on a broadcast is used: as Linux 6.15 does. */
    public static final int BROADCAST_CPUS = 3;

    /** Linux on a processor that needs no isolation and has no broadcast. */
    public static final TlbSettings LINUX = new TlbSettings(true, false, true, false, false);

    /** Settings under which every flush happens at once. */
    public TlbSettings(boolean pcid, boolean pti, boolean lazy, boolean broadcast) {
        this(pcid, pti, lazy, broadcast, false);
    }

    public TlbSettings withPcid(boolean enabled) {
        return new TlbSettings(enabled, pti, lazy, broadcast, deferred);
    }

    public TlbSettings withPti(boolean enabled) {
        return new TlbSettings(pcid, enabled, lazy, broadcast, deferred);
    }

    public TlbSettings withLazy(boolean enabled) {
        return new TlbSettings(pcid, pti, enabled, broadcast, deferred);
    }

    public TlbSettings withBroadcast(boolean enabled) {
        return new TlbSettings(pcid, pti, lazy, enabled, deferred);
    }

    public TlbSettings withDeferred(boolean enabled) {
        return new TlbSettings(pcid, pti, lazy, broadcast, enabled);
    }

    public TlbSettings {
        if (broadcast && deferred) {
            throw new IllegalArgumentException("a flush is either broadcast or deferred");
        }
    }
}
