package dev.mitosis.halnative.topology;

import dev.mitosis.halnative.files.SystemFiles;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the processors are, as the first one in {@code /proc/cpuinfo} says.
 *
 * @param vendor {@code GenuineIntel}, {@code AuthenticAMD}; empty where the file does not say
 * @param family x86's, or -1
 * @param model x86's, or -1
 * @param name for people; empty where the file does not say
 * @param lastLevelTlbPages the 4 KiB entries of the last-level TLBs of data and instructions together, which the kernel prints for
 *     AMD's, or -1. Source: Linux {@code arch/x86/kernel/cpu/common.c:cpu_detect_cache_sizes}
 */
public record CpuModel(String vendor, int family, int model, String name, int lastLevelTlbPages) {
    public static final CpuModel UNKNOWN = new CpuModel("", -1, -1, "", -1);

    public static CpuModel read(SystemFiles files) {
        String text = files.read("/proc/cpuinfo").orElse("");
        return new CpuModel(
                value(text, "vendor_id"),
                number(value(text, "cpu family")),
                number(value(text, "model")),
                value(text, "model name").replaceAll("\\s+", " "),
                number(value(text, "TLB size").replaceAll(" 4K pages$", "")));
    }

    private static String value(String text, String label) {
        Matcher line =
                Pattern.compile("^" + label + "[ \t]*:(.*)$", Pattern.MULTILINE).matcher(text);
        return line.find() ? line.group(1).strip() : "";
    }

    /** A number of up to eight digits, or -1. */
    public static int number(String text) {
        return text.matches("[0-9]{1,8}") ? Integer.parseInt(text) : -1;
    }
}
