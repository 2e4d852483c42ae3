package dev.mitosis.kernel;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * The kernel of the host and ours, given the same calls, do the same: results and errnos, what an access comes to, what pages
 * contain, what is mapped with which rights, and which pages are resident, in a process and in its child.
 *
 * <p>What is left out stands in {@link KnownDifferences}.
 */
class HostDifferentialProperties {
    private static @Nullable HostComparison comparison;

    @BeforeContainer
    static void start() throws Exception {
        if (HostKernel.isAvailable()) {
            comparison = new HostComparison();
        }
    }

    @AfterContainer
    static void stop() throws IOException {
        if (comparison != null) {
            System.out.println(comparison.calls() + " calls were made on the host's kernel and ours");
            comparison.close();
        }
    }

    @Property(tries = 600)
    void theHostsKernelAndOursDoTheSame(@ForAll("scripts") List<Call> script) throws IOException {
        HostComparison both = comparison;
        Assumptions.assumeTrue(both != null, "no C compiler is installed");
        if (both != null) {
            assertNull(both.firstDifference(script));
        }
    }

    @Provide
    Arbitrary<List<Call>> scripts() {
        Arbitrary<Call> calls = Combinators.combine(
                        Arbitraries.of(0, 0, 1),
                        Arbitraries.of(Call.kinds()),
                        Arbitraries.integers().between(0, Window.PAGES - 1),
                        Arbitraries.integers().between(0, 12),
                        Arbitraries.integers().between(0, 999),
                        Arbitraries.integers().between(0, Window.PAGES - 1))
                .as(Call::new);
        return calls.list().ofMinSize(20).ofMaxSize(100);
    }
}
