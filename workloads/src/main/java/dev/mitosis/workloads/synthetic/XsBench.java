package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * XSBench: cross sections of a material at a random energy, on a unionised energy grid.
 *
 * <pre>
 *   energies   8 bytes each                 355 nuclides x grid points: searched by halving
 *   index    355 x 4 bytes a union point    where each nuclide's own grid has that energy
 *   nuclides 355 x grid points x 48 bytes   energy and five cross sections
 * </pre>
 *
 * <p>A look-up draws an energy and a material, searches the union grid, and reads for each nuclide of the material its index and
 * two neighbouring points of its grid. Fuel has 321 nuclides, other materials 4 to 27.
 *
 * <p>Source: Tramm et al., XSBench (PHYSOR 2014), and its {@code Materials.c} (large); the benchmark "xsbench" of Mitosis (ASPLOS'20):
 * {@code -g 180000} (85 GB) on one socket, {@code -g 920000} on all; vMitosis (ASPLOS'21) {@code -g 2800000}.
 */
public final class XsBench implements Workload {
    private static final int NUCLIDES = 355;
    private static final String INDEX = "index";
    private static final int ENERGY_BYTES = 8;
    private static final int INDEX_BYTES = 4;
    private static final int POINT_BYTES = 48;
    /** Nuclides and probability in per mille of each material. */
    private static final int[] MATERIAL_NUCLIDES = {321, 5, 4, 4, 27, 21, 21, 21, 21, 21, 9, 9};

    private static final int[] MATERIAL_SHARE = {140, 52, 275, 134, 154, 64, 66, 55, 8, 15, 25, 12};
    /**
     * One nuclide: indices and pointers (20), the fraction (5), five interpolations (25), five sums (20), call and loop (20); and a step of
     * the search.
     */
    private static final int INSTRUCTIONS_PER_NUCLIDE = 90;

    private static final int INSTRUCTIONS_PER_STEP = 8;

    private final String name;
    private final long gridPoints;

    /** The problem on one socket. */
    public XsBench() {
        this("xsbench", 180_000);
    }

    XsBench(String name, long gridPoints) {
        this.name = name;
        this.gridPoints = gridPoints;
    }

    /** The problem on all sockets. */
    static XsBench wide() {
        return new XsBench("xsbench-wide", 920_000);
    }

    /** The problem on all sockets of a guest: 600 GB of the 1,375 of vMitosis. */
    static XsBench guestWide() {
        return new XsBench("xsbench-guest-wide", 1_145_000);
    }

    /** The problem that vMitosis runs in a guest on one socket. */
    static XsBench large() {
        return new XsBench("xsbench-large", 680_000);
    }

    private long unionPoints() {
        return NUCLIDES * gridPoints;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "cross-section look-ups on a unionised grid of " + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(
                MemoryArea.of("energies", unionPoints() * ENERGY_BYTES),
                MemoryArea.of(INDEX, unionPoints() * NUCLIDES * INDEX_BYTES),
                MemoryArea.of("nuclides", unionPoints() * POINT_BYTES));
    }

    @Override
    public int threads(int cores) {
        return cores;
    }

    /** The grids are drawn and sorted by one thread; all threads fill in the index. Source: XSBench's GridInit.c, set_grid_ptrs. */
    @Override
    public boolean isLoadedByOne(MemoryArea area) {
        return !area.name().equals(INDEX);
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        return new Lookups(areaVa, new SplitMix(SplitMix.mix(seed * threads + thread)));
    }

    private final class Lookups extends OperationStream {
        private final long[] areaVa;
        private final SplitMix random;
        /** The nuclides left of the look-up under way. */
        private int left;

        private int nuclide;
        private int step;
        private long union;

        Lookups(long[] areaVa, SplitMix random) {
            super(40);
            this.areaVa = areaVa;
            this.random = random;
        }

        @Override
        void operation(AccessBatch batch) {
            if (left == 0) {
                begin(batch);
                return;
            }
            left--;
            long index = areaVa[1] + (union * NUCLIDES + nuclide) * INDEX_BYTES;
            batch.add(index, false);
            // Each nuclide's grid spans the same energies: its point is where the energy stands among its own.
            long own = Math.min(gridPoints - 2, union / NUCLIDES);
            long point = areaVa[2] + (nuclide * gridPoints + own) * POINT_BYTES;
            batch.add(point, 0, 6, 1);
            if (point >> 6 != point + 2 * POINT_BYTES - 1 >> 6) {
                batch.add(point + 2 * POINT_BYTES - 1, 0, 6, 2);
            }
            batch.instructions += INSTRUCTIONS_PER_NUCLIDE;
            nuclide = (nuclide + step) % NUCLIDES;
        }

        private void begin(AccessBatch batch) {
            int draw = (int) random.below(1000);
            int material = 0;
            while (draw >= MATERIAL_SHARE[material]) {
                draw -= MATERIAL_SHARE[material++];
            }
            left = MATERIAL_NUCLIDES[material];
            // The nuclides of a material are listed in ascending order.
            nuclide = material == 0 ? 0 : (int) ((SplitMix.mix(material) >>> 1) % NUCLIDES);
            step = material == 0 ? 1 : 1 + material;
            union = random.below(unionPoints());
            long low = 0;
            long high = unionPoints();
            while (high - low > 1) {
                long middle = low + high >>> 1;
                batch.add(areaVa[0] + middle * ENERGY_BYTES, 0, 1, high - low == unionPoints() ? 0 : 1);
                batch.instructions += INSTRUCTIONS_PER_STEP;
                if (middle <= union) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
        }
    }
}
