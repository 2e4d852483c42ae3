package dev.mitosis.mm;

import dev.mitosis.mm.vma.Mempolicy;

/**
 * A thread: what a processor runs, in which address space, under which memory policy.
 *
 * <p>Source: Linux {@code include/linux/sched.h:struct task_struct}.
 */
public final class Task {
    private final int tid;
    private volatile MmStruct mm;
    private volatile int cpu;
    private volatile Mempolicy mempolicy;
    private long interleaveTurn;
    private volatile boolean isAlive = true;
    private final NumaFaults numaFaults;

    public Task(int tid, MmStruct mm, int cpu, Mempolicy mempolicy, int nodes) {
        this.numaFaults = new NumaFaults(nodes);
        this.tid = tid;
        this.mm = mm;
        this.cpu = cpu;
        this.mempolicy = mempolicy;
    }

    public int tid() {
        return tid;
    }

    public MmStruct mm() {
        return mm;
    }

    public void setMm(MmStruct fresh) {
        mm = fresh;
    }

    /** The processor that it runs on, or ran on last. */
    public int cpu() {
        return cpu;
    }

    public void setCpu(int number) {
        cpu = number;
    }

    public Mempolicy mempolicy() {
        return mempolicy;
    }

    /** Sets the task's policy and begins its interleaving anew. */
    public void setMempolicy(Mempolicy policy) {
        mempolicy = policy;
        interleaveTurn = 0;
    }

    /** The number of this allocation among those that a policy interleaves; the others take no turn. */
    public long turn(Mempolicy policy) {
        return policy.kind().takesTurns() ? interleaveTurn++ : 0;
    }

    /** The number that the next allocation will have. */
    public long nextTurn() {
        return interleaveTurn;
    }

    /** What its NUMA hints have told. */
    public NumaFaults numaFaults() {
        return numaFaults;
    }

    public boolean isAlive() {
        return isAlive;
    }

    public void die() {
        isAlive = false;
    }

    @Override
    public String toString() {
        return "task " + tid;
    }
}
