package dev.mitosis.cli.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build stamped into this program. */
public final class ProductVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {
            "mitosis " + version() + " (commit " + commit() + ")", "Java " + System.getProperty("java.version")
        };
    }

    /** Of the repository, which the launcher looks up; of an installed program, the one that it was installed from. */
    private static String commit() {
        return System.getProperty("mitosis.commit", "unknown");
    }

    public static String version() {
        Properties stamped = new Properties();
        try (InputStream in = ProductVersion.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IllegalStateException("version.properties is not beside " + ProductVersion.class);
            }
            stamped.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String version = stamped.getProperty("version");
        if (version == null) {
            throw new IllegalStateException("version.properties has no version");
        }
        return version;
    }
}
