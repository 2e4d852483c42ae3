package dev.mitosis.workloads.synthetic;

/**
 * Draws as power-law graphs and texts have them: few vertices get most of the edges.
 *
 * <p>Source: the initiator of Graph500 and GAP Kronecker graphs (A = 0.57, B = C = 0.19): each bit of a vertex is 0 with probability
 * 0.76; numbers are permuted afterwards, so that neighbours in number are not neighbours in degree.
 */
final class PowerLaw {
    /** 0.76 of 2^8. */
    private static final int ZERO_OF_256 = 195;

    private static final int BITS_PER_WORD = 8;

    private PowerLaw() {}

    /** The end of a random edge among vertices. */
    static long vertex(SplitMix random, long vertices) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(vertices - 1);
        long vertex = 0;
        long word = 0;
        for (int i = 0; i < bits; i++) {
            if (i % BITS_PER_WORD == 0) {
                word = random.next();
            }
            vertex = vertex << 1 | ((word & 0xFF) < ZERO_OF_256 ? 0 : 1);
            word >>>= BITS_PER_WORD;
        }
        return Math.multiplyHigh(SplitMix.mix(vertex) >>> 1, vertices << 1);
    }
}
