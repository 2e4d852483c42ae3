import dev.mitosis.lab.api.Machine;
import dev.mitosis.lab.api.Policy;
import dev.mitosis.lab.api.Run;

/** Uses the stable types alone: one workload, its page table on the other node. */
public final class Consumer {
    private Consumer() {}

    public static void main(String[] args) {
        Machine machine = Machine.named("2s-ice-lake").withSeed(7);
        Run remote = machine.run("canneal-single", "RP-LD", 100_000);
        Run followed = machine.run("canneal-single", "RP-LD+M", Policy.named("migrate"), 100_000);
        System.out.println(
                "seen from its socket, " + remote.remoteLeafPercent().get(0).intValue()
                        + " % of the leaf entries are remote, and "
                        + followed.remoteLeafPercent().get(0).intValue()
                        + " % after the table has followed");
    }
}
