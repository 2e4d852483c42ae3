/**
 * The library's stable face: five types that ask what {@code ./mitosis run} and {@code ./mitosis whatif} ask.
 *
 * <pre>{@code
 *   Machine machine = Machine.named("4s-haswell-ex");
 *   Program program = Program.record(Path.of("sort.mtrace"), "sort", "-n", "numbers.txt");
 *   Answer answer = machine.compare(program, Policy.compared());
 *   System.out.println(answer.verdict().sentence());
 * }</pre>
 *
 * <p>A {@code Machine} says where, a {@code Program} or a workload says what, a {@code Policy} says how page tables are placed. A
 * {@code Run} is what one simulation saw; an {@code Answer} compares policies. All are immutable. The same seed gives the same result.
 *
 * <p>Everything {@link dev.mitosis.lab.api.Stable} keeps its signature within a major version: {@code lab/src/main/api/signatures.txt} has
 * the signatures, and a test compares them. Results are made by the library alone: the constructors of its records are no part of the promise.
 * Every other package of the project is internal, and may change with any version.
 *
 * <p>May import the packages below: {@code run} and {@code whatif} do the work.
 */
@NullMarked
package dev.mitosis.lab.api;

import org.jspecify.annotations.NullMarked;
