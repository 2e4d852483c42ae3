package dev.mitosis.halsim.cache;

/**
 * The sets of a cache: the tags of each set in order of last use, most recent first.
 *
 * <p>Shape: {@code tags[set * ways + rank]}; 0 is an empty way, and empty ways are the last of their set.
 *
 * <p>Cost: a hit at rank r touches r + 1 words; a miss touches the set. True LRU needs no second array this way.
 */
final class TagSets {
    private final int ways;
    private final int[] tags;
    private int victim;

    TagSets(int sets, int ways) {
        this.ways = ways;
        this.tags = new int[sets * ways];
    }

    /** Makes the tag the most recent of its set; on a miss the least recent leaves and becomes {@link #victim}. */
    boolean touch(int set, int tag) {
        int[] words = tags;
        int at = set * ways;
        int carried = words[at];
        if (carried == tag) {
            return true;
        }
        return shiftIn(words, at, tag, carried);
    }

    private boolean shiftIn(int[] words, int first, int tag, int mostRecent) {
        int end = first + ways;
        int carried = mostRecent;
        words[first] = tag;
        for (int at = first + 1; at < end; at++) {
            int next = words[at];
            words[at] = carried;
            if (next == tag) {
                return true;
            }
            carried = next;
        }
        victim = carried;
        return false;
    }

    /** What the last miss of {@link #touch} pushed out, 0 for nothing. */
    int victim() {
        return victim;
    }

    /** Takes the tag out of its set; says whether it was there. */
    boolean remove(int set, int tag) {
        int[] words = tags;
        int first = set * ways;
        int end = first + ways;
        for (int at = first; at < end; at++) {
            if (words[at] == tag) {
                for (int next = at + 1; next < end; at++, next++) {
                    words[at] = words[next];
                }
                words[at] = 0;
                return true;
            }
        }
        return false;
    }

    boolean isMostRecent(int set, int tag) {
        return tags[set * ways] == tag;
    }

    boolean contains(int set, int tag) {
        int first = set * ways;
        for (int at = first; at < first + ways; at++) {
            if (tags[at] == tag) {
                return true;
            }
        }
        return false;
    }

    /** Reads words at both ends of sets, so that the host has them near when they are needed. */
    int peek(int[] numbers, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int first = numbers[i] * ways;
            sum += tags[first] ^ tags[first + ways - 1];
        }
        return sum;
    }
}
