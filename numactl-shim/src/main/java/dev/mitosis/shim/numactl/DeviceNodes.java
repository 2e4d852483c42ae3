package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The node that a device hangs on: {@code netdev:eth0}, {@code block:sda}, {@code file:/home}, {@code pci:0:3.0}, {@code ip:10.0.0.1}.
 *
 * <p>Source: numactl(8); Linux {@code Documentation/ABI/testing/sysfs-bus-pci} (numa_node).
 */
final class DeviceNodes {
    private static final List<String> KINDS = List.of("netdev:", "ip:", "file:", "block:", "pci:");

    private static final int S_IFMT = 0170000;
    private static final int S_IFCHR = 0020000;
    private static final int S_IFBLK = 0060000;

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
        if (name.indexOf('/') >= 0 || name.indexOf('.') >= 0) {
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
        return nodeIn(
                device,
                "Kernel does not know node mask for device `" + called + "'",
                "Kernel does not know node mask for device `" + called + "'");
    }

    private int nodeIn(Path device, String unknown, String unreadable) {
        try {
            int node = Integer.parseInt(
                    Files.readString(device.resolve("numa_node")).strip());
            return node >= 0 ? node : warn(unknown);
        } catch (IOException | NumberFormatException e) {
            return warn(unreadable);
        }
    }

    /** A device file means that device, any other the device that its file system is on. */
    private int ofFile(String name) {
        long device;
        boolean character;
        try {
            if (name.isEmpty()) {
                return warn("Cannot stat file " + name);
            }
            int kind = number(name, "unix:mode") instanceof Integer mode ? mode & S_IFMT : 0;
            character = kind == S_IFCHR;
            Object attribute = number(name, character || kind == S_IFBLK ? "unix:rdev" : "unix:dev");
            device = attribute instanceof Long number ? number : 0;
        } catch (IOException e) {
            return warn("Cannot stat file " + name);
        }
        return ofNumber(device, character ? "misc" : "block", name);
    }

    private static Object number(String name, String attribute) throws IOException {
        return Files.getAttribute(Path.of(name), attribute);
    }

    private int ofNumber(long device, String listed, String name) {
        long major = (device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL);
        long minor = (device & 0xff) | (device >>> 12 & ~0xffL);
        boolean warned = false;
        // The original's message has the last number that it looked at, not the one that it looked for.
        long[] seen = new long[2];
        try (DirectoryStream<Path> devices =
                Files.newDirectoryStream(sys.resolve("class").resolve(listed))) {
            for (Path candidate : devices) {
                String called = String.valueOf(candidate.getFileName());
                if (!readNumber(sys.resolve("class/block").resolve(called).resolve("dev"), seen)) {
                    if (!warned) {
                        warn("Cannot parse sysfs device " + called);
                    }
                    warned = true;
                } else if (seen[0] == major && seen[1] == minor) {
                    return ofClass("block", "block", called);
                }
            }
        } catch (IOException e) {
            return warn("Cannot enumerate " + listed + " devices in sysfs");
        }
        return warn("Cannot find block device " + Long.toHexString(seen[0]) + ":" + Long.toHexString(seen[1])
                + " in sysfs for `" + name + "'");
    }

    /** Reads {@code major:minor}. */
    private static boolean readNumber(Path file, long[] number) {
        try {
            String[] parts = Files.readString(file).strip().split(":", -1);
            if (parts.length != 2) {
                return false;
            }
            number[0] = Long.parseLong(parts[0]);
            number[1] = Long.parseLong(parts[1]);
            return true;
        } catch (IOException | NumberFormatException e) {
            return false;
        }
    }

    private int ofPci(String name) {
        long[] numbers = PciAddress.parse(name);
        if (numbers.length == 0) {
            return warn("Cannot parse PCI device `" + name + "'");
        }
        Path device =
                sys.resolve("devices").resolve("pci" + PciAddress.root(numbers)).resolve(PciAddress.text(numbers));
        return nodeIn(
                device,
                "Kernel does not know node mask for device `" + name + "'",
                "Cannot read node mask for  device `" + name + "'");
    }

    private int ofAddress(String name) {
        InetAddress address;
        try {
            if (name.isEmpty()) {
                throw new UnknownHostException(name);
            }
            address = InetAddress.getByName(name);
        } catch (UnknownHostException e) {
            return warn("Cannot resolve " + name + ": Name or service not known");
        }
        String device = Routes.deviceTo(address);
        return device == null ? warn("Cannot find route to " + name) : ofClass("net", "net", device);
    }

    private int warn(String message) {
        console.err("libnuma: Warning: " + message + "\n");
        return -1;
    }
}
