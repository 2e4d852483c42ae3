package dev.mitosis.shim.numactl;

/** What numactl prints when it is called wrongly: word for word, because scripts and people know it. Source: numactl(8). */
final class Usage {
    static final String TEXT = "" + "usage: numactl [--all | -a] [--balancing | -b] [--interleave= | -i <nodes>]\n"
            + "\t\t[--preferred= | -p <node>] [--preferred-many= | -P <nodes>]\n"
            + "               [--physcpubind= | -C <cpus>] [--cpunodebind= | -N <nodes>]\n"
            + "               [--membind= | -m <nodes>] [--localalloc | -l] command args ...\n"
            + "               [--localalloc | -l] command args ...\n"
            + "       numactl [--show | -s]\n"
            + "       numactl [--hardware | -H]\n"
            + "       numactl [--length | -L <length>] [--offset | -o <offset>] [--shmmode | -M <shmmode>]\n"
            + "               [--strict | -t]\n"
            + "               [--shmid | -I <id>] --shm | -S <shmkeyfile>\n"
            + "               [--shmid | -I <id>] --file | -f <tmpfsfile>\n"
            + "               [--huge | -u] [--touch | -T] \n"
            + "               memory policy [--dump | -d] [--dump-nodes | -D]\n"
            + "\n"
            + "memory policy is --interleave | -i, --preferred | -p, --membind | -m, --localalloc | -l\n"
            + "<nodes> is a comma delimited list of node numbers or A-B ranges or all.\n"
            + "Instead of a number a node can also be:\n"
            + "  netdev:DEV the node connected to network device DEV\n"
            + "  file:PATH  the node the block device of path is connected to\n"
            + "  ip:HOST    the node of the network device host routes through\n"
            + "  block:PATH the node of block device path\n"
            + "  pci:[seg:]bus:dev[:func] The node of a PCI device\n"
            + "<cpus> is a comma delimited list of cpu numbers or A-B ranges or all\n"
            + "all ranges can be inverted with !\n"
            + "all numbers and ranges can be made cpuset-relative with +\n"
            + "the old --cpubind argument is deprecated.\n"
            + "use --cpunodebind or --physcpubind instead\n"
            + "use --balancing | -b to enable Linux kernel NUMA balancing\n"
            + "for the process if it is supported by kernel\n"
            + "<length> can have g (GB), m (MB) or k (KB) suffixes\n";

    /** Printed by {@code --help} alone, which the original does not have. */
    static final String ADDITIONS =
            """

            added by mitosis:
              [--pgtablerepl= | -r <nodes>] replicate the program's page tables on these nodes, where the kernel can
              [--whatif] record the program and say what replication would do for it on a simulated machine: nodes and
                         cpus of all other options are that machine's
              [--machine= <machine>] the same, on this machine; with -H and -s what it is like
              [--policies= <policy,...>] what --whatif compares with first-touch: mitosis, migrate, interleave
              [--weighted-interleave= | -w <nodes>] [--cpu-compress] [--version] as newer numactls have them
            """;

    private Usage() {}
}
