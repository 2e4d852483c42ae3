package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.published.CsvTable;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The share of leaf entries that lie on other sockets, seen from each, of programs that all sockets run: where first touch puts page
 * tables. In percent.
 *
 * <p>Nothing is fitted. Every thread first touches its share of each area, or one thread all of it, which fills its socket and then the
 * next. Which socket that is, is an accident of the published run: both sides are compared in ascending order.
 *
 * <p>Source: Mitosis (ASPLOS'20) figure 4.
 */
final class RemoteLeaves implements Experiment {
    private static final int SOCKETS = 4;
    private static final Map<String, double[]> PUBLISHED = published();

    private static Map<String, double[]> published() {
        Map<String, double[]> published = new LinkedHashMap<>();
        published.put("memcached", new double[] {75, 75, 75, 75});
        published.put("xsbench", new double[] {84, 92, 50, 73});
        published.put("hashjoin", new double[] {53, 99, 50, 98});
        return published;
    }

    @Override
    public String id() {
        return "fig4";
    }

    @Override
    public String description() {
        return "share of remote leaf entries seen from each socket (Mitosis figure 4)";
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) throws IOException {
        Map<String, double[]> published = settings.reference().isEmpty() ? PUBLISHED : read(settings);
        MachineProfile profile = MachineProfile.load("4s-haswell-ex");
        List<Row> rows = new ArrayList<>();
        for (Map.Entry<String, double[]> entry : published.entrySet()) {
            listener.part(rows.size() / SOCKETS, published.size(), entry.getKey());
            Workload workload = Simulations.find(entry.getKey() + "-wide", entry.getKey());
            SyntheticRun run =
                    new SyntheticRun(profile, workload, Configuration.parse("F"), new FirstTouch(), settings.seed());
            Task task = run.populate();
            double[] remote = new double[SOCKETS];
            for (int socket = 0; socket < SOCKETS; socket++) {
                remote[socket] =
                        run.machine().kernel().census(task.mm(), socket).remoteLeafPercent();
            }
            double[] known = entry.getValue().clone();
            Arrays.sort(remote);
            Arrays.sort(known);
            for (int rank = 0; rank < SOCKETS; rank++) {
                rows.add(Row.of(entry.getKey(), "socket " + rank, known[rank], remote[rank]));
            }
        }
        return new Figure(
                id(),
                "Leaf entries on other sockets",
                "percent of all",
                rows,
                List.of("Sockets are in ascending order."));
    }

    private static Map<String, double[]> read(ExperimentSettings settings) throws IOException {
        CsvTable table = CsvTable.read(settings.reference().orElseThrow());
        table.require("workload", "socket0", "socket1", "socket2", "socket3");
        Map<String, double[]> published = new LinkedHashMap<>();
        for (CsvTable.Line line : table.lines()) {
            double[] sockets = new double[SOCKETS];
            for (int socket = 0; socket < SOCKETS; socket++) {
                sockets[socket] = line.number("socket" + socket);
            }
            published.put(line.text("workload").toLowerCase(Locale.ROOT), sockets);
        }
        return published;
    }
}
