package dev.mitosis.mm;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How context switches and flushes treat TLBs: the details of CR3 that cost.
 *
 * @param pcid whether context switches keep translations of other address spaces (CR4.PCIDE)
 * @param pti whether user mode has a root of its own, so that each entry to the kernel and each return writes CR3 (page-table
 *     isolation); without PCIDs each write also empties the TLB
 * @param lazy whether a processor that runs out of work keeps its address space loaded, and is not interrupted to flush it
 * @param backend how a flush reaches other processors
 */
public record TlbSettings(boolean pcid, boolean pti, boolean lazy, Backend backend) {
    /** From how many processors on a broadcast is used: as Linux 6.15 does. */
    public static final int BROADCAST_CPUS = 3;

    /** Linux on a processor that needs no isolation and has no broadcast. */
    public static final TlbSettings LINUX = new TlbSettings(true, false, true, Backend.IPI);

    /** How a flush reaches other processors. */
    public enum Backend {
        /** Interrupts to the processors that may hold the range: those whose replicas lead there, where that is known. */
        IPI("interrupts, to sharers only where a policy knows them"),
        /** Interrupts to every processor that runs the address space, whatever a policy knows of sharers. */
        UNFILTERED("interrupts to all processors that run the program"),
        /** Carried by the hardware to all processors from {@value #BROADCAST_CPUS} on, by interrupts below (INVLPGB). */
        BROADCAST("INVLPGB from three processors on, interrupts below"),
        /** Remote actions that the targets' hardware carries out without an interrupt (RAR). */
        RAR("Intel remote action requests to the processors that may hold the range"),
        /** Interrupts that munmap puts off, together with the freeing, until the range is mapped again or memory is short. */
        DEFERRED("interrupts that munmap puts off and gathers (after LATR)");

        private final String description;

        Backend(String description) {
            this.description = description;
        }

        /** The name on the command line. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** One line for people. */
        public String description() {
            return description;
        }

        /** The backend of a name; {@link IllegalArgumentException} names those that there are. */
        public static Backend find(String name) {
            return Arrays.stream(values())
                    .filter(backend -> backend.label().equals(name.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException("unknown flush backend '" + name + "'; there are " + names()));
        }

        /** The names, separated by commas. */
        public static String names() {
            return Arrays.stream(values()).map(Backend::label).collect(Collectors.joining(", "));
        }
    }

    public TlbSettings withPcid(boolean enabled) {
        return new TlbSettings(enabled, pti, lazy, backend);
    }

    public TlbSettings withPti(boolean enabled) {
        return new TlbSettings(pcid, enabled, lazy, backend);
    }

    public TlbSettings withLazy(boolean enabled) {
        return new TlbSettings(pcid, pti, enabled, backend);
    }

    public TlbSettings with(Backend chosen) {
        return new TlbSettings(pcid, pti, lazy, chosen);
    }
}
