package dev.mitosis.cli.simulation;

import dev.mitosis.kvm.LeafLocality;
import dev.mitosis.lab.run.WideGuestRun;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints where the leaf tables of a guest process are. */
final class GuestTables {
    private GuestTables() {}

    static void summary(WideGuestRun populated, PrintWriter out) {
        LeafLocality seen = populated.locality();
        out.println("pages by their leaf tables, guest's then extended, local (L) or remote (R) to each socket");
        out.println(String.format(Locale.ROOT, "  %-8s %14s %14s %14s %14s", "socket", "LL", "LR", "RL", "RR"));
        for (int socket = 0; socket < populated.vm().ept().hostNodes(); socket++) {
            out.println(String.format(
                    Locale.ROOT,
                    "  %-8d %,14d %,14d %,14d %,14d",
                    socket,
                    seen.count(socket, LeafLocality.LOCAL_LOCAL),
                    seen.count(socket, LeafLocality.LOCAL_REMOTE),
                    seen.count(socket, LeafLocality.REMOTE_LOCAL),
                    seen.count(socket, LeafLocality.REMOTE_REMOTE)));
        }
        out.println(String.format(
                Locale.ROOT,
                "  %-8s %13.1f%% %13.1f%% %13.1f%% %13.1f%%",
                "all",
                seen.percent(LeafLocality.LOCAL_LOCAL),
                seen.percent(LeafLocality.LOCAL_REMOTE),
                seen.percent(LeafLocality.REMOTE_LOCAL),
                seen.percent(LeafLocality.REMOTE_REMOTE)));
    }
}
