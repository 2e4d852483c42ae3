package dev.mitosis.shim.numactl;

/** Sizes as numactl's users write them: {@code 4k}, {@code 64m}, {@code 1g}; what is no number is 0. Source: numactl(8). */
final class Size {
    private Size() {}

    static long parse(String text) {
        NumberScanner scanner = new NumberScanner(text, 0);
        long value = scanner.next(0);
        if (!scanner.isFound() || scanner.position() >= text.length()) {
            return scanner.isFound() ? value : 0;
        }
        return switch (text.charAt(scanner.position())) {
            case 'g', 'G' -> value << 30;
            case 'm', 'M' -> value << 20;
            case 'k', 'K' -> value << 10;
            default -> value;
        };
    }
}
