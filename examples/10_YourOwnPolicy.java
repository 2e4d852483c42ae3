import dev.mitosis.kernel.Kernel;
import dev.mitosis.lab.api.Machine;
import dev.mitosis.lab.api.Policy;
import dev.mitosis.lab.api.Run;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.policy.PlacementPolicy;

/** A policy of your own: replicas on the first two nodes only, for half of the memory. */
class YourOwnPolicy {
    /** It is asked once, on a machine that has booted and runs nothing yet. */
    static final class FirstTwoNodes implements PlacementPolicy {
        @Override
        public String name() {
            return "first-two-nodes";
        }

        @Override
        public String description() {
            return "replicas on nodes 0 and 1";
        }

        @Override
        public PageTableEvents attach(Kernel kernel, Replicator replicator) {
            replicator.replicateNew(0b11);
            return PageTableEvents.NONE;
        }
    }

    public static void main(String[] args) {
        Machine machine = Machine.named("4s-haswell-ex");
        for (Policy policy :
                new Policy[] {Policy.named("first-touch"), Policy.of(new FirstTwoNodes()), Policy.named("mitosis")}) {
            Run run = machine.run("canneal-single", "LP-LD", policy, 100_000);
            System.out.printf(
                    "%-16s remote leaf entries %s %%, MiB of tables %s%n",
                    run.policy(),
                    run.remoteLeafPercent().stream().map(Double::intValue).toList(),
                    run.pageTableBytes().stream().map(bytes -> bytes >> 20).toList());
        }
    }
}

/* Prints:
first-touch      remote leaf entries [0, 100, 100, 100] %, MiB of tables [59, 0, 0, 0]
first-two-nodes  remote leaf entries [0, 0, 100, 100] %, MiB of tables [59, 59, 0, 0]
mitosis          remote leaf entries [0, 0, 0, 0] %, MiB of tables [59, 59, 59, 59]
*/
