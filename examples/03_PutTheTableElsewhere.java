import dev.mitosis.lab.api.Machine;
import dev.mitosis.lab.api.Run;

/** The question of the papers: the same data, the same program, and the page table on another socket. */
class PutTheTableElsewhere {
    public static void main(String[] args) {
        Machine machine = Machine.named("4s-haswell-ex");
        Run local = machine.run("canneal-single", "LP-LD", 1_000_000);
        Run remote = machine.run("canneal-single", "RP-LD", 1_000_000);
        Run busy = machine.run("canneal-single", "RPI-LD", 1_000_000);
        System.out.printf("local table:        %.0f%% of the cycles are walks%n", 100 * local.walkShare());
        System.out.printf(
                "remote table:       %.2f times as long%n", remote.cyclesPerAccess() / local.cyclesPerAccess());
        System.out.printf("remote, busy table: %.2f times as long%n", busy.cyclesPerAccess() / local.cyclesPerAccess());
    }
}

/* Prints:
local table:        56% of the cycles are walks
remote table:       1.34 times as long
remote, busy table: 2.19 times as long
*/
