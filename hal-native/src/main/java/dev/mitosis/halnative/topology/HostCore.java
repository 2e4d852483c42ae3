package dev.mitosis.halnative.topology;

import java.util.BitSet;

/**
 * A core: the processors that share it, more than one of them where it runs several threads.
 *
 * @param packageId the kernel's number of its package, or -1 where the kernel does not say
 * @param dieId the kernel's number of its die in the package, or -1
 * @param coreId the kernel's number of it in the package, or -1
 * @param cpus its processors that are online
 */
public record HostCore(int packageId, int dieId, int coreId, BitSet cpus) {
    public HostCore {
        cpus = (BitSet) cpus.clone();
    }

    @Override
    public BitSet cpus() {
        return (BitSet) cpus.clone();
    }
}
