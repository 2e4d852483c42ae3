package dev.mitosis.cli.simulation;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.mm.TlbSettings;
import java.util.Arrays;
import java.util.Iterator;
import picocli.CommandLine.Option;

/** How TLBs are flushed: the options {@code --flush} and {@code --no-pcid}. */
public final class FlushOptions {
    @Option(
            names = "--flush",
            paramLabel = "B",
            completionCandidates = Names.class,
            description = "How a flush reaches other processors: ${COMPLETION-CANDIDATES} (default: ipi).")
    private String backend = TlbSettings.Backend.IPI.label();

    @Option(
            names = "--no-pcid",
            description = "Flush the TLB at each context switch, as kernels without PCIDs do (default: keep it).")
    private boolean hasNoPcid;

    /** The names that {@code --flush} takes. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(TlbSettings.Backend.values())
                    .map(TlbSettings.Backend::label)
                    .iterator();
        }
    }

    public TlbSettings settings() {
        try {
            return TlbSettings.LINUX.withPcid(!hasNoPcid).with(TlbSettings.Backend.find(backend));
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--flush: " + e.getMessage());
        }
    }
}
