package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The network device that the kernel would send to an address through. Source: proc_pid_net(5), route and ipv6_route. */
final class Routes {
    private static final int IPV4_BYTES = 4;
    private static final long RTF_REJECT = 0x200;

    private Routes() {}

    /** The device's name, or null where there is no route. */
    static @Nullable String deviceTo(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != IPV4_BYTES) {
            return deviceTo6(bytes);
        }
        return address.isLoopbackAddress() || address.isAnyLocalAddress() || isOwn(address) ? "lo" : deviceTo4(bytes);
    }

    private static boolean isOwn(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    /** By the longest prefix. */
    private static @Nullable String deviceTo4(byte[] address) {
        // The file has addresses as the words of a little-endian machine.
        long word = (address[0] & 0xffL)
                | (address[1] & 0xffL) << 8
                | (address[2] & 0xffL) << 16
                | (address[3] & 0xffL) << 24;
        String best = null;
        int bestBits = -1;
        try {
            for (String line : Files.readAllLines(Path.of("/proc/net/route"))) {
                String[] fields = line.split("\\s+", -1);
                if (fields.length > 7 && !fields[0].equals("Iface")) {
                    long mask = Long.parseLong(fields[7], 16);
                    if ((word & mask) == Long.parseLong(fields[1], 16) && Long.bitCount(mask) > bestBits) {
                        best = fields[0];
                        bestBits = Long.bitCount(mask);
                    }
                }
            }
        } catch (IOException | NumberFormatException e) {
            return null;
        }
        return best;
    }

    /** By the longest prefix, and of equals the least metric. */
    private static @Nullable String deviceTo6(byte[] address) {
        BigInteger wanted = new BigInteger(1, address);
        String best = null;
        int bestBits = -1;
        long bestMetric = 0;
        try {
            for (String line : Files.readAllLines(Path.of("/proc/net/ipv6_route"))) {
                String[] fields = line.strip().split("\\s+", -1);
                int bits = Integer.parseInt(fields[1], 16);
                int rest = Byte.SIZE * address.length - bits;
                long metric = Long.parseLong(fields[5], 16);
                boolean matches = new BigInteger(fields[0], 16).shiftRight(rest).equals(wanted.shiftRight(rest));
                boolean rejects = (Long.parseLong(fields[8], 16) & RTF_REJECT) != 0;
                if (matches && !rejects && (bits > bestBits || (bits == bestBits && metric < bestMetric))) {
                    best = fields[9];
                    bestBits = bits;
                    bestMetric = metric;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return null;
        }
        return best;
    }
}
