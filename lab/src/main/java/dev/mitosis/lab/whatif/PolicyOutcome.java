package dev.mitosis.lab.whatif;

import dev.mitosis.lab.run.RunResult;

/**
 * What one policy did for a program in one scenario.
 *
 * @param result of the part that counts, as timed
 * @param costs the same counts, to be costed under other assumptions
 * @param home the whole run as it had been where its memory is: what hardware counters see of it
 * @param leftBehind mask of the node that a moved program left: the one whose load matters
 * @param kernelCycles of memory management over the whole run, loading included
 * @param unexplained accesses that no area explains
 * @param refusedCalls recorded calls that our kernel refused
 */
record PolicyOutcome(
        RunResult result,
        ProgramSimulation.PolicyCosts costs,
        CostParts home,
        long leftBehind,
        long kernelCycles,
        long unexplained,
        long refusedCalls) {

    double runtime(double beside, long contendedNodes) {
        return costs.cycles(beside, contendedNodes).runtime();
    }

    long pageTableBytes() {
        long sum = 0;
        for (long bytes : result.pageTableBytes()) {
            sum += bytes;
        }
        return sum;
    }
}
