/**
 * How fast the parts are: JMH benchmarks whose results stand in {@code docs/bench}, where an optimisation must show its number.
 *
 * <p>Run one with {@code java -cp 'bench/target/bench-0.1.0.jar:bench/target/lib/*' org.openjdk.jmh.Main NAME}. A benchmark
 * measures what the product runs, on a machine of the papers' size; nothing of the product may import this package.
 */
@NullMarked
package dev.mitosis.bench;

import org.jspecify.annotations.NullMarked;
