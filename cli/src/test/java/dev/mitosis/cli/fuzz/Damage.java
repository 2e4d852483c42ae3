package dev.mitosis.cli.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Changes bytes at random, as disks, editors, other versions and people do. */
final class Damage {
    private static final int MOST_BYTES = 64 << 10;

    /** What readers look for, and numbers at the edges of their types. */
    private static final List<String> WORDS = List.of(
            "0",
            "-1",
            "1",
            "255",
            "4096",
            "65536",
            "2147483647",
            "2147483648",
            "4294967296",
            "4294967297",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "1e308",
            "1e999",
            "-1e9",
            "NaN",
            "Infinity",
            "0x",
            "0xffffffffffffffff",
            "ffff8c001000",
            "7fffffffffff",
            "%",
            ",",
            ";",
            ":",
            "/",
            "-",
            "..",
            "!",
            "+",
            "all",
            "\n",
            "\r\n",
            "\t",
            "\0",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            "<",
            ">",
            "&",
            "=",
            "#",
            "${",
            "include \"x\"\n",
            "include file(\"/etc/passwd\")\n",
            "value",
            "source",
            "os_index",
            "cpuset",
            "NUMANode",
            "read ",
            "write ",
            " @ 0x",
            "ifetch",
            "==1==",
            "==2==",
            " Lackey, ",
            "SB ",
            " M ",
            "|OP STORE",
            "<not counted>",
            "cycles",
            "instructions",
            "CPU0",
            "(100.00%)",
            "msec",
            "\u00e9",
            "\u202f",
            "\ud83d\ude00");

    private final Random random;

    Damage(Random random) {
        this.random = random;
    }

    /** An input made of one that is right, and now and then of a second. */
    byte[] of(byte[] right, byte[] other) {
        byte[] made = right.clone();
        for (int changes = 1 + random.nextInt(random.nextInt(8) + 1); changes > 0; changes--) {
            made = change(made, other);
        }
        return made.length <= MOST_BYTES ? made : Arrays.copyOf(made, MOST_BYTES);
    }

    private byte[] change(byte[] from, byte[] other) {
        int at = random.nextInt(from.length + 1);
        int length = random.nextInt(1 + Math.min(from.length - at, 1 << random.nextInt(10)));
        return switch (random.nextInt(9)) {
            case 0 -> flipped(from);
            case 1 -> spliced(from, at, length, new byte[0]);
            case 2 -> spliced(from, at, 0, word());
            case 3 -> spliced(from, at, length, word());
            case 4 -> spliced(from, at, 0, Arrays.copyOfRange(from, at, at + length));
            case 5 -> Arrays.copyOf(from, at);
            case 6 -> spliced(from, at, length, part(other));
            case 7 -> number(from);
            default -> random(from);
        };
    }

    private byte[] word() {
        return WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] part(byte[] other) {
        int from = random.nextInt(other.length + 1);
        return Arrays.copyOfRange(other, from, from + random.nextInt(other.length - from + 1));
    }

    private byte[] flipped(byte[] from) {
        byte[] made = from.clone();
        if (made.length > 0) {
            made[random.nextInt(made.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return made;
    }

    private byte[] random(byte[] from) {
        byte[] made = from.clone();
        for (int i = random.nextInt(8); i >= 0 && made.length > 0; i--) {
            made[random.nextInt(made.length)] = (byte) random.nextInt();
        }
        return made;
    }

    /** Another number in the place of one. */
    private byte[] number(byte[] from) {
        int at = random.nextInt(from.length + 1);
        while (at < from.length && !isDigit(from[at])) {
            at++;
        }
        int end = at;
        while (end < from.length && isDigit(from[end])) {
            end++;
        }
        String other = WORDS.get(random.nextInt(16));
        return spliced(from, at, end - at, other.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isDigit(byte of) {
        return of >= '0' && of <= '9';
    }

    private static byte[] spliced(byte[] from, int at, int removed, byte[] inserted) {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        made.write(from, 0, at);
        made.writeBytes(inserted);
        made.write(from, at + removed, from.length - at - removed);
        return made.toByteArray();
    }
}
