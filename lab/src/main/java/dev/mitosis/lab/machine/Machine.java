package dev.mitosis.lab.machine;

import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.kvm.VmSettings;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.replication.policy.PlacementPolicy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A simulated server with a kernel booted on it, under a placement policy.
 *
 * <p>Every policy runs on the same waist, so that one implementation is loaded and policies differ in what they decide only.
 */
public final class Machine {
    private final SimBoard board;
    private final FrameAllocator frames;
    private final Kernel kernel;
    private final ReplicatedPageTableOps ops;
    private final Replicator replicator;
    private final PlacementPolicy policy;
    private final @Nullable VirtualMachine guest;

    public Machine(MachineProfile profile, KernelSettings settings, PlacementPolicy policy, long seed) {
        this.policy = policy;
        board = new SimBoard(profile, seed);
        frames = new FrameAllocator(board.topology(), board.memory());
        ops = new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
        kernel = new Kernel(board, frames, ops, PageTableEvents.NONE, settings);
        replicator = new Replicator(kernel, ops);
        guest = null;
        kernel.listen(policy.attach(kernel, replicator));
    }

    private Machine(Machine host, VirtualMachine guest, PlacementPolicy policy) {
        this.policy = policy;
        this.guest = guest;
        board = host.board;
        frames = host.frames;
        ops = host.ops;
        kernel = guest.kernel();
        replicator = guest.replicator();
        kernel.listen(policy.attachGuest(kernel, replicator, guest.ept()));
    }

    /**
     * A guest on all of a machine that sees it as it is, vCPU by processor: its kernel is {@link #kernel}, and the policy places the tables of both
     * trees. Page-table bytes are the guest's and the host's together.
     */
    public static Machine inGuest(MachineProfile profile, KernelSettings settings, PlacementPolicy policy, long seed) {
        Machine host = new Machine(profile, settings, new FirstTouch(), seed);
        return new Machine(host, host.boot(VmSettings.visible(host.board.topology(), settings)), policy);
    }

    /** The virtual machine of a guest. */
    public Optional<VirtualMachine> guest() {
        return Optional.ofNullable(guest);
    }

    /** Starts a virtual machine on it. */
    public VirtualMachine boot(VmSettings settings) {
        return new VirtualMachine(board, kernel, ops, settings);
    }

    public SimBoard board() {
        return board;
    }

    public FrameAllocator frames() {
        return frames;
    }

    public Kernel kernel() {
        return kernel;
    }

    public Replicator replicator() {
        return replicator;
    }

    public PlacementPolicy policy() {
        return policy;
    }

    /** Bytes of page tables on each node, copies included. */
    public long[] pageTableBytes() {
        long[] bytes = new long[board.topology().nodes()];
        for (int node = 0; node < bytes.length; node++) {
            bytes[node] = frames.tableFrames(node) << 12;
            if (guest != null) {
                bytes[node] += kernel.context().frames().tableFrames(node) << 12;
            }
        }
        return bytes;
    }

    public long[] dataBytes() {
        long[] bytes = new long[board.topology().nodes()];
        for (int node = 0; node < bytes.length; node++) {
            bytes[node] = frames.dataFrames(node) << 12;
        }
        return bytes;
    }
}
