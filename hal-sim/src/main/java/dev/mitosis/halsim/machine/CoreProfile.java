package dev.mitosis.halsim.machine;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.net.URL;
import java.util.List;

/**
 * What a core has in flight at a time: the numbers that decide which waiting hides which.
 *
 * <p>Shape: one {@code .conf} file a design in {@code dev/mitosis/cores}, each number as {@code {value, source}}.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line for an unknown design.
 *
 * @param name of the design
 * @param width instructions a cycle
 * @param window entries of the reorder buffer
 * @param scheduler entries of the scheduler
 * @param loads entries of the load buffer
 * @param stores entries of the store buffer
 * @param fillBuffers misses of the first-level data cache at a time
 * @param divideCycles from one 64-bit division to the next
 * @param streams pages in which the prefetcher follows a stream
 * @param linesAhead lines that it runs ahead of a stream
 * @param fetchesPairs whether a missing line brings the other line of its 128 bytes
 */
public record CoreProfile(
        String name,
        int width,
        int window,
        int scheduler,
        int loads,
        int stores,
        int fillBuffers,
        int divideCycles,
        int streams,
        int linesAhead,
        boolean fetchesPairs) {

    /** More than any design has of anything; the timing keeps that much of a stream. */
    private static final int MOST = 1024;

    private static final String FOLDER = "dev/mitosis/cores/";

    /** The designs that come with the product. */
    public static List<String> names() {
        return List.of("golden-cove", "haswell", "skylake", "sunny-cove", "zen3", "zen4");
    }

    /** The numbers of a design. */
    public static CoreProfile load(String name) {
        if (!names().contains(name)) {
            throw new IllegalArgumentException(
                    "unknown core design '" + name + "'; there are " + String.join(", ", names()));
        }
        String file = FOLDER + name + ".conf";
        URL resource = CoreProfile.class.getClassLoader().getResource(file);
        if (resource == null) {
            throw new IllegalStateException(file + " is not in the program");
        }
        Config config =
                ConfigFactory.parseURL(resource, ConfigParseOptions.defaults().setAllowMissing(false));
        ProfileReader in = new ProfileReader(name, config);
        CoreProfile core = new CoreProfile(
                name,
                in.number("width", 1, MOST),
                in.number("window", 1, MOST),
                in.number("scheduler", 1, MOST),
                in.number("loads", 1, MOST),
                in.number("stores", 1, MOST),
                in.number("fillBuffers", 1, MOST),
                in.number("divideCycles", 1, MOST),
                in.number("prefetch.streams", 1, MOST),
                in.number("prefetch.linesAhead", 1, MOST),
                in.flag("prefetch.fetchesPairs"));
        in.checkAllRead();
        return core;
    }
}
