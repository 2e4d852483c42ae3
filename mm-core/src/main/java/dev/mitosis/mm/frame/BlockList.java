package dev.mitosis.mm.frame;

import java.util.Arrays;

/**
 * The state of one node's data memory: 2 MiB blocks of 512 frames, each with a bitmap of its free frames.
 *
 * <p>Shape: block {@code b} is frames {@code 512 b … 512 b + 511} of the data zone; its bitmap is words {@code 8 b … 8 b + 7},
 * a set bit for a free frame. Free and partly free blocks hang in two doubly linked lists. Arrays grow as memory is touched:
 * 75 bytes a block, 0.15 a frame.
 *
 * <p>Frames of a block are handed out in ascending order and blocks are filled one at a time, so that consecutive first
 * touches get consecutive frames, as Linux's buddy allocator gives on a fresh machine.
 */
final class BlockList {
    static final int FRAMES = 512;
    private static final int WORDS = FRAMES / Long.SIZE;
    private static final int NONE = -1;

    private static final byte FULL = 0;
    private static final byte PARTIAL = 1;
    private static final byte FREE = 2;
    private static final byte CURRENT = 3;

    private final int blocks;
    private long[] freeBits = new long[0];
    private short[] freeCount = new short[0];
    private byte[] state = new byte[0];
    private int[] next = new int[0];
    private int[] prev = new int[0];
    private int touched;
    private int freeHead = NONE;
    private int partialHead = NONE;
    private int current = NONE;
    private boolean sealed;

    /** @param blocks how many blocks the node's address range has room for */
    BlockList(int blocks) {
        this.blocks = blocks;
    }

    /** Takes one frame: its number in the data zone, or -1. */
    long takeFrame() {
        if (current == NONE || freeCount[current] == 0) {
            if (!advance()) {
                return -1;
            }
        }
        int block = current;
        int word = block * WORDS;
        while (freeBits[word] == 0) {
            word++;
        }
        long bits = freeBits[word];
        freeBits[word] = bits & (bits - 1);
        freeCount[block]--;
        return (long) word * Long.SIZE + Long.numberOfTrailingZeros(bits);
    }

    /** Takes {@code count} adjacent whole blocks, aligned to their size: the first one's number, or -1. */
    int takeBlocks(int count) {
        if (count == 1 && freeHead != NONE) {
            int block = freeHead;
            unlinkFree(block);
            fill(block, 0L, (short) 0, FULL);
            return block;
        }
        int run = 0;
        int end = sealed ? touched : blocks;
        for (int block = 0; block < end; block++) {
            boolean free = block >= touched || state[block] == FREE;
            run = free && (run > 0 || block % count == 0) ? run + 1 : 0;
            if (run == count) {
                int first = block - count + 1;
                for (int b = first; b <= block; b++) {
                    if (b < touched) {
                        unlinkFree(b);
                    } else {
                        touch(b);
                    }
                    fill(b, 0L, (short) 0, FULL);
                }
                return first;
            }
            if (run == 0 && count > 1 && block % count != count - 1) {
                block += count - 1 - block % count;
            } else if (count == 1 && block < touched - 1) {
                // No free block below: the list is empty, so only untouched ones are left.
                block = touched - 1;
            }
        }
        return -1;
    }

    void giveFrame(long frame) {
        int block = (int) (frame / FRAMES);
        int word = (int) (frame / Long.SIZE);
        long bit = 1L << (frame % Long.SIZE);
        assert (freeBits[word] & bit) == 0 : "frame " + frame + " freed twice";
        freeBits[word] |= bit;
        freeCount[block]++;
        if (state[block] == FULL) {
            state[block] = PARTIAL;
            partialHead = push(block, partialHead);
        } else if (state[block] == PARTIAL && freeCount[block] == FRAMES) {
            partialHead = unlink(block, partialHead);
            state[block] = FREE;
            freeHead = push(block, freeHead);
        }
    }

    void giveBlocks(int first, int count) {
        for (int block = first; block < first + count; block++) {
            assert state[block] == FULL && freeCount[block] == 0 : "block " + block + " freed twice";
            fill(block, -1L, (short) FRAMES, FREE);
            freeHead = push(block, freeHead);
        }
    }

    /** From now on blocks that were never used stay so: what is free is what has been given back. */
    void seal(boolean sealed) {
        this.sealed = sealed;
    }

    /** The bytes that the arrays take now. */
    long bytes() {
        return 8L * freeBits.length + 2L * freeCount.length + state.length + 4L * next.length + 4L * prev.length;
    }

    private boolean advance() {
        if (current != NONE) {
            state[current] = FULL;
            current = NONE;
        }
        int block;
        if (partialHead != NONE) {
            block = partialHead;
            partialHead = unlink(block, partialHead);
        } else if (freeHead != NONE) {
            block = freeHead;
            unlinkFree(block);
        } else if (touched < blocks && !sealed) {
            block = touched;
            touch(block);
            fill(block, -1L, (short) FRAMES, CURRENT);
        } else {
            return false;
        }
        state[block] = CURRENT;
        current = block;
        return true;
    }

    /** Brings blocks up to {@code block} into the arrays; those skipped are free. */
    private void touch(int block) {
        if (block >= state.length) {
            int size = Math.min(blocks, Math.max(block + 1, Math.max(16, state.length * 2)));
            freeBits = Arrays.copyOf(freeBits, size * WORDS);
            freeCount = Arrays.copyOf(freeCount, size);
            state = Arrays.copyOf(state, size);
            next = Arrays.copyOf(next, size);
            prev = Arrays.copyOf(prev, size);
        }
        for (; touched < block; touched++) {
            fill(touched, -1L, (short) FRAMES, FREE);
            freeHead = push(touched, freeHead);
        }
        touched = block + 1;
    }

    private void fill(int block, long bits, short free, byte newState) {
        Arrays.fill(freeBits, block * WORDS, (block + 1) * WORDS, bits);
        freeCount[block] = free;
        state[block] = newState;
    }

    private int push(int block, int head) {
        next[block] = head;
        prev[block] = NONE;
        if (head != NONE) {
            prev[head] = block;
        }
        return block;
    }

    private void unlinkFree(int block) {
        freeHead = unlink(block, freeHead);
    }

    private int unlink(int block, int head) {
        if (next[block] != NONE) {
            prev[next[block]] = prev[block];
        }
        if (prev[block] != NONE) {
            next[prev[block]] = next[block];
            return head;
        }
        return next[block];
    }
}
