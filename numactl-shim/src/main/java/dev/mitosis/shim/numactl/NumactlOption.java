package dev.mitosis.shim.numactl;

/** The options, in the order in which the original lists them: ambiguous abbreviations are reported in it. */
enum NumactlOption {
    ALL("all", 'a', false),
    INTERLEAVE("interleave", 'i', true),
    PREFERRED("preferred", 'p', true),
    PREFERRED_MANY("preferred-many", 'P', true),
    CPUBIND("cpubind", 'c', true),
    CPUNODEBIND("cpunodebind", 'N', true),
    PHYSCPUBIND("physcpubind", 'C', true),
    MEMBIND("membind", 'm', true),
    SHOW("show", 's', false),
    LOCALALLOC("localalloc", 'l', false),
    BALANCING("balancing", 'b', false),
    HARDWARE("hardware", 'H', false),
    SHM("shm", 'S', true),
    FILE("file", 'f', true),
    OFFSET("offset", 'o', true),
    LENGTH("length", 'L', true),
    STRICT("strict", 't', false),
    SHMMODE("shmmode", 'M', true),
    DUMP("dump", 'd', false),
    DUMP_NODES("dump-nodes", 'D', false),
    SHMID("shmid", 'I', true),
    HUGE("huge", 'u', false),
    TOUCH("touch", 'T', false),
    VERIFY("verify", 'V', false),

    // What the original of this version does not have. An abbreviation means one of these only if it means none above.
    WEIGHTED_INTERLEAVE("weighted-interleave", 'w', true),
    CPU_COMPRESS("cpu-compress", '\0', false),
    VERSION("version", '\0', false),
    PGTABLEREPL("pgtablerepl", 'r', true),
    WHATIF("whatif", '\0', false),
    MACHINE("machine", '\0', true),
    POLICIES("policies", '\0', true),
    HELP("help", '\0', false);

    private final String longName;
    private final char letter;
    private final boolean takesArgument;

    NumactlOption(String longName, char letter, boolean takesArgument) {
        this.longName = longName;
        this.letter = letter;
        this.takesArgument = takesArgument;
    }

    String longName() {
        return longName;
    }

    char letter() {
        return letter;
    }

    boolean takesArgument() {
        return takesArgument;
    }

    boolean isOriginal() {
        return compareTo(WEIGHTED_INTERLEAVE) < 0;
    }
}
