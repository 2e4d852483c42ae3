package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kvm.LeafLocality;
import dev.mitosis.lab.published.CsvTable;
import dev.mitosis.lab.published.PublishedTable;
import dev.mitosis.lab.run.GuestView;
import dev.mitosis.lab.run.WideGuestRun;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.workloads.synthetic.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the leaf tables of a wide guest process are, guest's and extended, local or remote, of all sockets together: in percent of all
 * pages.
 *
 * <p>Nothing is fitted to a row: a guest that sees the nodes puts its tables where the loader runs until a node is full, and its hypervisor
 * where the vCPU does that touches first, which for a third of the memory was any; a guest that sees one node puts its tables into frames
 * that processors of all sockets have touched before, so where a table is has nothing to do with who made it. Which socket is which is an
 * accident of the published runs: the sums are compared.
 *
 * <p>Source: vMitosis (ASPLOS'21) figure 2.
 */
final class GuestLeaves implements Experiment {
    private static final List<String> KINDS = List.of("LL", "LR", "RL", "RR");
    private static final List<String> COLUMNS = List.of("local_local", "local_remote", "remote_local", "remote_remote");

    @Override
    public String id() {
        return "vm-fig2";
    }

    @Override
    public String description() {
        return "leaf tables of a wide guest, local or remote in both trees (vMitosis figure 2)";
    }

    @Override
    public boolean hasBars() {
        return false;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) throws IOException {
        Map<String, double[]> published = published(settings);
        MachineProfile profile = MachineProfile.load("4s-cascade-lake");
        List<Row> rows = new ArrayList<>();
        int part = 0;
        for (Map.Entry<String, double[]> entry : published.entrySet()) {
            listener.part(part++, published.size(), entry.getKey());
            String[] names = entry.getKey().split(" ", 2);
            Workload workload = Simulations.find(names[0] + "-wide", names[0]);
            GuestView view = names[1].equals("visible") ? GuestView.VISIBLE : GuestView.OBLIVIOUS;
            LeafLocality seen =
                    new WideGuestRun(profile, workload, view, false, false, false, settings.seed()).locality();
            double all = 0;
            for (double pages : entry.getValue()) {
                all += pages;
            }
            for (int kind = 0; kind < KINDS.size(); kind++) {
                rows.add(Row.of(
                        names[0],
                        names[1] + " " + KINDS.get(kind),
                        100 * entry.getValue()[kind] / all,
                        seen.percent(kind)));
            }
        }
        double most = rows.stream()
                .mapToDouble(row -> Math.abs(row.predicted() - row.published().orElseThrow()))
                .max()
                .orElse(0);
        String note = String.format(Locale.ROOT, "The most that a class is off: %.1f points.", most);
        return new Figure(id(), "Leaf tables of a guest", "percent of all pages", rows, List.of(note));
    }

    /** {@code "workload vm" -> pages of each kind}, summed over the sockets. */
    private static Map<String, double[]> published(ExperimentSettings settings) throws IOException {
        CsvTable table = PublishedTable.read(settings.reference(), "guest-leaves.csv");
        table.require("workload", "vm");
        table.require(COLUMNS.toArray(new String[0]));
        Map<String, double[]> published = new LinkedHashMap<>();
        for (CsvTable.Line line : table.lines()) {
            String vm = line.text("vm");
            if (!vm.equals("visible") && !vm.equals("oblivious")) {
                throw new IllegalArgumentException("a guest is visible or oblivious, not '" + vm + "'");
            }
            double[] pages = published.computeIfAbsent(
                    line.text("workload").toLowerCase(Locale.ROOT) + " " + vm, name -> new double[KINDS.size()]);
            for (int kind = 0; kind < pages.length; kind++) {
                pages[kind] += line.number(COLUMNS.get(kind));
            }
        }
        return published;
    }
}
