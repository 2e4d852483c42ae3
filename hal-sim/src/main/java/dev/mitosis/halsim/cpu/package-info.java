/**
 * One simulated core: it translates a batch of accesses, lets its caches answer the references, and counts.
 *
 * <p>{@link dev.mitosis.halsim.cpu.Cpu} takes batches; {@link dev.mitosis.halsim.cpu.Translator} is its first stage. What lies
 * outside the core it reaches through {@link dev.mitosis.halsim.cpu.Uncore}. {@link dev.mitosis.halsim.cpu.KernelCostMeter} charges
 * the kernel's work to the core that does it.
 *
 * <p>May import {@code walk}, {@code tlb}, {@code cache}, {@code cost} and {@code machine}.
 */
@NullMarked
package dev.mitosis.halsim.cpu;

import org.jspecify.annotations.NullMarked;
