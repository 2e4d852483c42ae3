package dev.mitosis.cli.simulation;

import dev.mitosis.kvm.LeafLocality;
import dev.mitosis.lab.run.WideGuestRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where the leaf tables of a guest process are. */
final class GuestTables {
    private GuestTables() {}

    static TableReport summary(WideGuestRun populated) {
        LeafLocality seen = populated.locality();
        List<Map<String, Number>> rows = new ArrayList<>();
        StringBuilder text = new StringBuilder(
                "pages by their leaf tables, guest's then extended, local (L) or remote (R) to each socket\n");
        text.append(String.format(Locale.ROOT, "  %-8s %14s %14s %14s %14s\n", "socket", "LL", "LR", "RL", "RR"));
        for (int socket = 0; socket < populated.vm().ept().hostNodes(); socket++) {
            long bothLocal = seen.count(socket, LeafLocality.LOCAL_LOCAL);
            long extendedRemote = seen.count(socket, LeafLocality.LOCAL_REMOTE);
            long guestRemote = seen.count(socket, LeafLocality.REMOTE_LOCAL);
            long bothRemote = seen.count(socket, LeafLocality.REMOTE_REMOTE);
            rows.add(TableReport.row(
                    "socket", socket, "LL", bothLocal, "LR", extendedRemote, "RL", guestRemote, "RR", bothRemote));
            text.append(String.format(
                    Locale.ROOT,
                    "  %-8d %,14d %,14d %,14d %,14d\n",
                    socket,
                    bothLocal,
                    extendedRemote,
                    guestRemote,
                    bothRemote));
        }
        text.append(String.format(
                Locale.ROOT,
                "  %-8s %13.1f%% %13.1f%% %13.1f%% %13.1f%%",
                "all",
                seen.percent(LeafLocality.LOCAL_LOCAL),
                seen.percent(LeafLocality.LOCAL_REMOTE),
                seen.percent(LeafLocality.REMOTE_LOCAL),
                seen.percent(LeafLocality.REMOTE_REMOTE)));
        return new TableReport(text.toString(), rows);
    }
}
