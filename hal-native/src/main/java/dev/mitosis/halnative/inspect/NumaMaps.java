package dev.mitosis.halnative.inspect;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The pages of a process by node, summed over its areas.
 *
 * <p>Source: Linux {@code Documentation/filesystems/proc.rst} (numa_maps), {@code fs/proc/task_mmu.c:show_numa_map}.
 *
 * @param bytesOfNode resident bytes by number of node
 * @param privateBytesOfNode of them those of areas that have pages of their own ({@code anon=}), by number of node
 * @param areas how many areas there are
 */
public record NumaMaps(Map<Integer, Long> bytesOfNode, Map<Integer, Long> privateBytesOfNode, int areas) {
    private static final int MOST_AREAS = 4_000_000;
    private static final String NUMBER = "[0-9]{1,15}";

    /**
     * Reads the lines of a numa_maps file.
     *
     * <p>Errors: {@link IOException} with the line for what is none.
     */
    public static NumaMaps parse(BufferedReader lines) throws IOException {
        Map<Integer, Long> all = new TreeMap<>();
        Map<Integer, Long> own = new TreeMap<>();
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (number > MOST_AREAS) {
                throw new IOException("numa_maps has more than " + MOST_AREAS + " areas");
            }
            add(line, number, all, own);
        }
        return new NumaMaps(all, own, number);
    }

    private static void add(String line, int number, Map<Integer, Long> all, Map<Integer, Long> own)
            throws IOException {
        String[] words = line.strip().split("\\s+", -1);
        if (!words[0].matches("[0-9a-f]{1,16}")) {
            throw new IOException("numa_maps:" + number + ": not an area: " + line);
        }
        long pageBytes = 4096;
        boolean isOwn = false;
        for (String word : words) {
            if (word.startsWith("kernelpagesize_kB=")) {
                pageBytes = 1024 * value(word, number);
            }
            isOwn |= word.startsWith("anon=");
        }
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals > 1 && word.charAt(0) == 'N' && word.substring(1, equals).matches(NUMBER)) {
                int node = Integer.parseInt(word.substring(1, Math.min(equals, 7)));
                long bytes = pageBytes * value(word, number);
                all.merge(node, bytes, Long::sum);
                if (isOwn) {
                    own.merge(node, bytes, Long::sum);
                }
            }
        }
    }

    private static long value(String word, int number) throws IOException {
        String value = word.substring(word.indexOf('=') + 1);
        if (!value.matches(NUMBER)) {
            throw new IOException("numa_maps:" + number + ": no number in " + word);
        }
        return Long.parseLong(value);
    }
}
