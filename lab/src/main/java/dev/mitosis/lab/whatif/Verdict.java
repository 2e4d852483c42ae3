package dev.mitosis.lab.whatif;

/**
 * The advice in one sentence, with its reason.
 *
 * @param policy the best policy, "first-touch" when none helps
 * @param speedup of that policy at the default CPI
 */
public record Verdict(boolean helps, String policy, double speedup, String sentence) {}
