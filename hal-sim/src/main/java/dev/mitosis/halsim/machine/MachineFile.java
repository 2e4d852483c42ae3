package dev.mitosis.halsim.machine;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A machine file and what it may include: a machine that comes with the product, or a file beside it. Whoever is sent one can run it
 * without its reading anything else.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line for any other {@code include}, a file that is no plain one or has more than
 * {@value #MAX_BYTES} bytes, braces nested deeper than {@value #MAX_DEPTH}, includes in a circle.
 *
 * <p>Source: HOCON, section Includes; Typesafe Config {@code ConfigIncluder}.
 */
final class MachineFile {
    static final String FOLDER = "dev/mitosis/machines/";
    static final int MAX_BYTES = 1 << 20;
    static final int MAX_DEPTH = 32;
    private static final String SUFFIX = ".conf";

    private MachineFile() {}

    /** The file of a machine that comes with the product. */
    static Config bundled(String name) {
        return new Includes(null, List.of()).ofProduct(name + SUFFIX);
    }

    static Config read(Path file) {
        return new Includes(file.toAbsolutePath().getParent(), List.of()).beside(file, String.valueOf(file));
    }

    /** What the file being read may include; {@code folder} is where it is, or nothing within the product. */
    private record Includes(@Nullable Path folder, List<String> readers)
            implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderClasspath, ConfigIncluderURL {
        Config ofProduct(String name) {
            URL resource = MachineProfile.class.getClassLoader().getResource(FOLDER + name);
            if (resource == null || !MachineProfile.names().contains(name.replace(SUFFIX, ""))) {
                throw refused("'" + name + "' is no machine of the product");
            }
            try (InputStream in = resource.openStream()) {
                return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), name, null);
            } catch (IOException e) {
                throw new IllegalStateException("cannot read " + resource, e);
            }
        }

        Config beside(Path file, String name) {
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                throw refused(name + (Files.exists(file) ? ": not a readable plain file" : ": no such file"));
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(MAX_BYTES + 1);
                if (bytes.length > MAX_BYTES) {
                    throw refused(name + ": larger than " + MAX_BYTES + " bytes");
                }
                return parse(new String(bytes, StandardCharsets.UTF_8), name, folder);
            } catch (IOException e) {
                throw new IllegalArgumentException("machine " + name + ": " + e.getMessage(), e);
            }
        }

        private Config parse(String text, String name, @Nullable Path its) {
            if (readers.contains(name)) {
                throw refused(name + " includes itself");
            }
            requireShallow(text, name);
            List<String> deeper = new ArrayList<>(readers);
            deeper.add(name);
            ConfigParseOptions options = ConfigParseOptions.defaults()
                    .setAllowMissing(false)
                    .setSyntax(ConfigSyntax.CONF)
                    .setOriginDescription(name)
                    .setIncluder(new Includes(its, deeper));
            try {
                return ConfigFactory.parseString(text, options);
            } catch (ConfigException e) {
                throw new IllegalArgumentException("machine " + e.getMessage(), e);
            }
        }

        /** The parser calls itself for each brace. */
        private void requireShallow(String text, String name) {
            int depth = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
                if (depth > MAX_DEPTH) {
                    throw refused(name + ": braces are nested deeper than " + MAX_DEPTH);
                }
            }
        }

        private IllegalArgumentException refusedInclude(String what) {
            return new IllegalArgumentException("machine " + readers.get(readers.size() - 1)
                    + ": may include only a machine of the product or a file beside it, not '" + what + "'");
        }

        private IllegalArgumentException refused(String what) {
            String by = readers.isEmpty() ? "" : " (included by " + readers.get(readers.size() - 1) + ")";
            return new IllegalArgumentException("machine " + what + by);
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            Path at = folder;
            if (at != null && isPlainName(what) && Files.exists(at.resolve(what))) {
                return beside(at.resolve(what), what).root();
            }
            if (at != null && !isPlainName(what)) {
                throw refusedInclude(what);
            }
            return ofProduct(what).root();
        }

        @Override
        public ConfigObject includeFile(ConfigIncludeContext context, java.io.File what) {
            return include(context, what.getPath());
        }

        @Override
        public ConfigObject includeResources(ConfigIncludeContext context, String what) {
            if (!what.startsWith(FOLDER)) {
                throw refusedInclude(what);
            }
            return ofProduct(what.substring(FOLDER.length())).root();
        }

        @Override
        public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
            throw refusedInclude(String.valueOf(what));
        }

        private static boolean isPlainName(String what) {
            return !what.isEmpty() && what.indexOf('/') < 0 && what.indexOf('\0') < 0 && !what.equals("..");
        }

        @Override
        public ConfigIncluder withFallback(ConfigIncluder ofTheLibrary) {
            return this;
        }
    }
}
