package dev.mitosis.kernel;

import dev.mitosis.testing.Shrinker;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Gives the host's kernel and ours the same calls and looks for a difference. */
final class HostComparison implements AutoCloseable {
    private final HostKernel host;
    private final KnownDifferences known = new KnownDifferences();
    private long calls;

    HostComparison() throws IOException, InterruptedException {
        host = new HostKernel();
    }

    /** Calls made so far, on each side. */
    long calls() {
        return calls;
    }

    /** The first difference that a script shows, or null. */
    @Nullable
    String firstDifference(List<Call> script) throws IOException {
        Seen start = host.call(0, HostKernel.Request.RESET);
        OurKernel ours = new OurKernel(host.heapVa(), host.hasZeroPage());
        Map<Integer, Seen> last = new HashMap<>(Map.of(0, start, 1, start));
        for (int i = 0; i < script.size(); i++) {
            Call call = script.get(i);
            int who = ours.hasChild() ? call.who() : 0;
            boolean isParents = call.what() == HostKernel.Request.FORK || call.what() == HostKernel.Request.EXIT;
            who = isParents ? 0 : who;
            if (known.leavesOut(call, ours, Objects.requireNonNull(last.get(who)))) {
                continue;
            }
            Seen expected = host.call(who, call.what(), call.arguments());
            Seen seen = ours.call(who, call.what(), call.arguments());
            calls++;
            last.put(who, expected);
            if (call.what() == HostKernel.Request.FORK && expected.result() == 0) {
                last.put(1, expected);
            }
            String difference = difference(expected, seen);
            if (difference != null) {
                return "call " + i + ", " + call + " " + hex(call.arguments()) + ": " + difference;
            }
        }
        return null;
    }

    private static @Nullable String difference(Seen expected, Seen seen) {
        if (expected.result() != seen.result()) {
            return "the host's result is " + expected.result() + ", ours " + seen.result();
        }
        if (!expected.joined().equals(seen.joined())) {
            return "the host's maps are\n" + expected.joined() + "ours\n" + seen.joined();
        }
        if (expected.resident() != seen.resident()) {
            return "resident on the host " + Long.toBinaryString(expected.resident()) + ", with us "
                    + Long.toBinaryString(seen.resident());
        }
        return null;
    }

    private static String hex(long[] arguments) {
        StringBuilder text = new StringBuilder("(");
        for (long argument : arguments) {
            text.append(text.length() > 1 ? ", " : "").append(Long.toHexString(argument));
        }
        return text.append(')').toString();
    }

    /** The shortest script that still shows a difference. */
    List<Call> shrink(List<Call> failing) throws IOException {
        return Shrinker.shrink(failing, script -> firstDifference(script) != null);
    }

    @Override
    public void close() throws IOException {
        host.close();
    }
}
