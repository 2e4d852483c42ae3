package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The node that a device hangs on: {@code netdev:eth0}, {@code block:sda}, {@code file:/home}, {@code pci:0:3.0}, {@code ip:10.0.0.1}.
 *
 * <p>Source: numactl(8); Linux {@code Documentation/ABI/testing/sysfs-bus-pci} (numa_node).
 */
final class DeviceNodes {
    private static final List<String> KINDS = List.of("netdev:", "ip:", "file:", "block:", "pci:");

    private final Path sys;
    private final Console console;

    DeviceNodes(Path root, Console console) {
        this.sys = root.resolve("sys");
        this.console = console;
    }

    boolean isDevice(String text) {
        for (String kind : KINDS) {
            if (text.startsWith(kind)) {
                return true;
            }
        }
        return false;
    }

    /** The node, or -1 after saying why there is none. */
    int findNode(String text) {
        int colon = text.indexOf(':');
        String name = text.substring(colon + 1);
        return switch (text.substring(0, colon)) {
            case "netdev" -> ofClass("net", "net", name);
            case "block" -> ofClass("block", "block", name);
            case "file" -> ofFile(name);
            case "ip" -> ofAddress(name);
            default -> ofPci(name);
        };
    }

    private int ofClass(String directory, String kind, String name) {
        if (name.indexOf('/') >= 0) {
            return warn("Illegal characters in `" + name + "' specification");
        }
        String unreadable = "Cannot read node mask for " + kind + " device `" + name + "'";
        if (name.isEmpty()) {
            return warn(unreadable);
        }
        Path top;
        Path device;
        try {
            top = sys.toRealPath();
            device = sys.resolve("class").resolve(directory).resolve(name).toRealPath();
        } catch (IOException e) {
            return warn(unreadable);
        }
        for (Path at = device; at != null && at.startsWith(top) && !at.equals(top); at = at.getParent()) {
            if (Files.exists(at.resolve("numa_node"))) {
                return nodeIn(at, "/" + top.relativize(at) + "/");
            }
        }
        return warn(unreadable);
    }

    private int nodeIn(Path device, String called) {
        int node = -1;
        try {
            node = Integer.parseInt(
                    Files.readString(device.resolve("numa_node")).strip());
        } catch (IOException | NumberFormatException e) {
            node = -1;
        }
        return node >= 0 ? node : warn("Kernel does not know node mask for device `" + called + "'");
    }

    private int ofFile(String name) {
        long device;
        try {
            Object attribute = Files.getAttribute(Path.of(name), "unix:dev");
            device = attribute instanceof Long number ? number : 0;
        } catch (IOException e) {
            return warn("Cannot stat file " + name);
        }
        long major = (device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL);
        long minor = (device & 0xff) | (device >>> 12 & ~0xffL);
        String number = major + ":" + minor;
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(sys.resolve("class/block"))) {
            for (Path candidate : devices) {
                Path dev = candidate.resolve("dev");
                if (Files.exists(dev) && Files.readString(dev).strip().equals(number)) {
                    return ofClass("block", "block", String.valueOf(candidate.getFileName()));
                }
            }
        } catch (IOException e) {
            return warn("Cannot find block device " + number + " in sysfs for `" + name + "'");
        }
        return warn("Cannot find block device " + number + " in sysfs for `" + name + "'");
    }

    private int ofPci(String name) {
        String[] parts = name.split("[:.]", -1);
        if (parts.length < 2 || parts.length > 4) {
            return warn("Cannot parse PCI device `" + name + "'");
        }
        boolean function = name.indexOf('.') >= 0;
        boolean segment = parts.length == (function ? 4 : 3);
        int[] numbers = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            try {
                numbers[i] = Integer.parseInt(parts[i], 16);
            } catch (NumberFormatException e) {
                return warn("Cannot parse PCI device `" + name + "'");
            }
        }
        int bus = segment ? 1 : 0;
        String path = hex(segment ? numbers[0] : 0, 4)
                + ":" + hex(numbers[bus], 2)
                + ":" + hex(numbers[bus + 1], 2)
                + "." + (function ? hex(numbers[bus + 2], 1) : "0");
        return nodeIn(sys.resolve("bus/pci/devices").resolve(path), name);
    }

    private static String hex(int value, int width) {
        String digits = Integer.toHexString(value);
        return "0".repeat(Math.max(0, width - digits.length())) + digits;
    }

    private int ofAddress(String name) {
        byte[] address;
        try {
            address = InetAddress.getByName(name).getAddress();
        } catch (UnknownHostException e) {
            return warn("Cannot resolve " + name + ": Name or service not known");
        }
        String device = address[0] == 127 ? "lo" : deviceOfRoute(address);
        return device == null ? warn("Cannot find route to " + name) : ofClass("net", "net", device);
    }

    /** The longest prefix of /proc/net/route that matches an IPv4 address. */
    private static @Nullable String deviceOfRoute(byte[] address) {
        if (address.length != 4) {
            return null;
        }
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

    private int warn(String message) {
        console.err("libnuma: Warning: " + message + "\n");
        return -1;
    }
}
