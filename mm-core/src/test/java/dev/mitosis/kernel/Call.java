package dev.mitosis.kernel;

import dev.mitosis.kernel.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One call of a differential script: who makes it, what it is, and numbers that choose its arguments. A line of a kept script is
 * {@code WHO WHAT PAGE PAGES CHOICE TARGET}.
 */
record Call(int who, HostKernel.Request what, int page, int pages, int choice, int target) {
    private static final int[] PROTECTIONS = {0, 1, 3, 3, 3, 5, 7, 2, 4, 3, 0x08, 0x40, 0x0300_0000, 3, 0x0100_0001};
    private static final int PRIVATE = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;
    private static final int SHARED = Abi.MAP_SHARED | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;
    private static final int[] MAP_FLAGS = {
        PRIVATE,
        PRIVATE,
        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED_NOREPLACE,
        PRIVATE | Abi.MAP_POPULATE,
        PRIVATE | Abi.MAP_NORESERVE,
        SHARED,
        PRIVATE,
        SHARED | Abi.MAP_POPULATE,
        PRIVATE | Abi.MAP_LOCKED,
        Abi.MAP_ANONYMOUS | Abi.MAP_FIXED,
        Abi.MAP_SHARED_VALIDATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED
    };
    private static final int[] FILE_FLAGS = {
        Abi.MAP_PRIVATE | Abi.MAP_FIXED,
        Abi.MAP_SHARED | Abi.MAP_FIXED,
        Abi.MAP_PRIVATE | Abi.MAP_FIXED | Abi.MAP_POPULATE,
        Abi.MAP_SHARED_VALIDATE | Abi.MAP_FIXED
    };
    private static final int[] ADVICE = {
        Abi.MADV_DONTNEED,
        Abi.MADV_DONTNEED,
        Abi.MADV_DONTNEED,
        Abi.MADV_NORMAL,
        Abi.MADV_RANDOM,
        Abi.MADV_SEQUENTIAL,
        Abi.MADV_DONTFORK,
        Abi.MADV_DOFORK,
        Abi.MADV_WIPEONFORK,
        Abi.MADV_KEEPONFORK,
        Abi.MADV_POPULATE_WRITE,
        Abi.MADV_POPULATE_READ,
        Abi.MADV_FREE,
        Abi.MADV_COLD,
        Abi.MADV_DONTDUMP,
        Abi.MADV_DODUMP,
        Abi.MADV_COLLAPSE,
        99
    };
    private static final List<HostKernel.Request> WEIGHTED = weighted();

    private static List<HostKernel.Request> weighted() {
        List<HostKernel.Request> all = new ArrayList<>(List.of(HostKernel.Request.values()));
        all.removeAll(List.of(HostKernel.Request.RESET, HostKernel.Request.START));
        all.addAll(List.of(
                HostKernel.Request.MMAP,
                HostKernel.Request.MMAP,
                HostKernel.Request.READ,
                HostKernel.Request.READ,
                HostKernel.Request.WRITE,
                HostKernel.Request.WRITE,
                HostKernel.Request.WRITE,
                HostKernel.Request.MPROTECT,
                HostKernel.Request.MADVISE,
                HostKernel.Request.MREMAP));
        return List.copyOf(all);
    }

    static List<HostKernel.Request> kinds() {
        return WEIGHTED;
    }

    static List<Call> script(Random random, int calls) {
        List<Call> script = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            script.add(new Call(
                    random.nextInt(3) / 2,
                    WEIGHTED.get(random.nextInt(WEIGHTED.size())),
                    random.nextInt(Window.PAGES),
                    random.nextInt(13),
                    random.nextInt(1000),
                    random.nextInt(Window.PAGES)));
        }
        return script;
    }

    static Call parse(String line) {
        String[] words = line.trim().split(" +", -1);
        return new Call(
                Integer.parseInt(words[0]),
                HostKernel.Request.valueOf(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]));
    }

    @Override
    public String toString() {
        return who + " " + what + " " + page + " " + pages + " " + choice + " " + target;
    }

    /** One in forty addresses is not aligned. */
    long va() {
        return Window.VA + page * 4096L + (choice % 40 == 39 ? 8 : 0);
    }

    /** Some lengths are no multiple of a page, and one in a hundred is beyond all bounds. */
    long lengthBytes() {
        if (choice % 100 == 77) {
            return -4096L * (1 + choice / 100);
        }
        return Math.min(pages, Window.PAGES - page) * 4096L - (choice % 7 == 6 && pages > 0 ? 100 : 0);
    }

    /** The arguments of the system call. */
    long[] arguments() {
        long va = va();
        long length = lengthBytes();
        int prot = PROTECTIONS[choice % PROTECTIONS.length];
        return switch (what) {
            case MMAP -> new long[] {va, length, prot & 7, MAP_FLAGS[choice % MAP_FLAGS.length]};
            case MMAP_FILE ->
                new long[] {va, length, prot & 7, FILE_FLAGS[choice % FILE_FLAGS.length], (target % 6) * 4096L};
            case MPROTECT -> new long[] {va, length, prot};
            case MADVISE -> new long[] {va, length, ADVICE[choice % ADVICE.length]};
            case MREMAP -> mremap(va, length);
            case MSYNC -> new long[] {va, length, choice % 9};
            // The first byte of a page stands for it.
            case READ -> new long[] {va & -4096};
            case WRITE -> new long[] {va & -4096, 1 + choice % 90};
            case BRK -> new long[] {(choice % Window.HEAP_PAGES) * 4096L + choice % 3 * 1000L - 500};
            case FTRUNCATE -> new long[] {choice % 3 == 0 ? Window.FILE_PAGES : choice % Window.FILE_PAGES};
            default -> new long[] {va, length};
        };
    }

    private long[] mremap(long va, long oldLength) {
        long newLength = Math.min(choice % 12, Window.PAGES - Math.max(page, target)) * 4096L;
        int flags =
                switch (choice % 6) {
                    case 0, 3 -> 0;
                    case 5 -> Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED | Abi.MREMAP_DONTUNMAP;
                    default -> Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED;
                };
        long to = Window.VA + target * 4096L;
        return new long[] {va, oldLength, choice % 6 == 5 ? oldLength : newLength, flags, to};
    }
}
