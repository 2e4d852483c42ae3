/*
 * The translation path of hal-sim in C, for the measure of speed: the same TLBs, walk caches, tables, counters and stages.
 *
 * A machine of 4 nodes has 64 GiB mapped with 4 KiB pages, a quarter on each node with its leaf tables. One core of node 0 makes
 * loads through an L1 TLB (64 entries, 4 ways), an STLB (1536, 12 ways), walk caches (32, 4 and 2 entries, fully associative), all
 * true LRU, and a 4-level walk through tables in memory. Batches of 256: entries that walks will need are read beforehand.
 *
 *   translation HIT_PERCENT ACCESSES       prints: nanoseconds, then the counters
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint64_t u64;
typedef int64_t i64;

enum { NODES = 4, BATCH = 256, LEVELS = 4, PRESENT = 1, WRITE = 2, USER = 4, ACCESSED = 32, DIRTY = 64 };
#define REGION_VA (1UL << 40)
#define REGION_PAGES (1UL << 24)
#define HOT_PAGES 32
#define MIX 0x9E3779B97F4A7C15UL
#define NODE_SHIFT 30
#define TABLES_PER_NODE 16384UL

static u64 *memory[NODES];
static u64 next_table[NODES];

static u64 *entry_at(u64 table, unsigned index) {
    return &memory[table >> NODE_SHIFT][(table & ((1UL << NODE_SHIFT) - 1)) << 9 | index];
}

static unsigned index_of(u64 va, int level) { return va >> (12 + 9 * (level - 1)) & 511; }

static u64 allocate(int node) { return (u64)node << NODE_SHIFT | next_table[node]++; }

static void map(u64 root, u64 va, u64 pfn, int node) {
    u64 table = root;
    for (int level = LEVELS; level > 1; level--) {
        u64 *entry = entry_at(table, index_of(va, level));
        if (!*entry) *entry = allocate(node) << 12 | PRESENT | WRITE | USER | ACCESSED;
        table = *entry >> 12;
    }
    *entry_at(table, index_of(va, 1)) = pfn << 12 | PRESENT | WRITE | USER | ACCESSED | DIRTY;
}

/* ---- a set-associative cache of translations, most recent first ---- */

typedef struct {
    int ways;
    int mask;
    u64 *tags;
    u64 *words;
} Tlb;

static Tlb new_tlb(int entries, int ways) {
    Tlb tlb = {ways, entries / ways - 1, calloc(entries, 8), calloc(entries, 8)};
    return tlb;
}

static u64 tag_of(u64 page) { return page << 14 | 1; }

static inline u64 lookup(Tlb *tlb, u64 page) {
    u64 tag = tag_of(page);
    u64 *tags = tlb->tags + (page & tlb->mask) * tlb->ways;
    u64 *words = tlb->words + (page & tlb->mask) * tlb->ways;
    for (int at = 0; at < tlb->ways; at++) {
        if (tags[at] == tag) {
            u64 word = words[at];
            for (int to = at; to > 0; to--) {
                tags[to] = tags[to - 1];
                words[to] = words[to - 1];
            }
            tags[0] = tag;
            words[0] = word;
            return word;
        }
    }
    return 0;
}

static inline int contains(Tlb *tlb, u64 page) {
    u64 tag = tag_of(page);
    u64 *tags = tlb->tags + (page & tlb->mask) * tlb->ways;
    for (int at = 0; at < tlb->ways; at++)
        if (tags[at] == tag) return 1;
    return 0;
}

static inline void insert(Tlb *tlb, u64 page, u64 word) {
    u64 *tags = tlb->tags + (page & tlb->mask) * tlb->ways;
    u64 *words = tlb->words + (page & tlb->mask) * tlb->ways;
    memmove(tags + 1, tags, (tlb->ways - 1) * 8);
    memmove(words + 1, words, (tlb->ways - 1) * 8);
    tags[0] = tag_of(page);
    words[0] = word;
}

/* ---- a fully associative walk cache: a hash table finds the slot, a ring has the slots in order of use, the oldest before the newest ---- */

typedef struct {
    int entries;
    int shift;
    int mask;
    int *hash;
    u64 *tags;
    u64 *words;
    int *newer;
    int *older;
    int newest;
} WalkCache;

static WalkCache new_walk_cache(int entries) {
    int bits = 2;
    while (1 << bits <= 16 * entries) bits++;
    WalkCache c = {entries,
                   64 - bits,
                   (1 << bits) - 1,
                   calloc(1 << bits, 4),
                   calloc(entries, 8),
                   calloc(entries, 8),
                   calloc(entries, 4),
                   calloc(entries, 4),
                   0};
    for (int slot = 0; slot < entries; slot++) {
        c.older[slot] = slot == entries - 1 ? 0 : slot + 1;
        c.newer[slot] = slot == 0 ? entries - 1 : slot - 1;
    }
    return c;
}

static inline int find(WalkCache *c, u64 tag) {
    int at = tag * MIX >> c->shift;
    while (c->hash[at] && c->tags[c->hash[at] - 1] != tag) at = (at + 1) & c->mask;
    return at;
}

static inline void unhash(WalkCache *c, int place) {
    int gap = place, at = place;
    for (;;) {
        at = (at + 1) & c->mask;
        if (!c->hash[at]) {
            c->hash[gap] = 0;
            return;
        }
        int home = c->tags[c->hash[at] - 1] * MIX >> c->shift;
        if (((at - home) & c->mask) >= ((at - gap) & c->mask)) {
            c->hash[gap] = c->hash[at];
            gap = at;
        }
    }
}

static inline void make_newest(WalkCache *c, int slot) {
    if (slot == c->newest) return;
    int oldest = c->newer[c->newest];
    if (slot != oldest) {
        int before = c->newer[slot], after = c->older[slot];
        c->older[before] = after;
        c->newer[after] = before;
        c->newer[slot] = oldest;
        c->older[oldest] = slot;
        c->older[slot] = c->newest;
        c->newer[c->newest] = slot;
    }
    c->newest = slot;
}

static inline u64 walk_lookup(WalkCache *c, u64 page) {
    int slot = c->hash[find(c, tag_of(page))] - 1;
    if (slot < 0) return 0;
    make_newest(c, slot);
    return c->words[slot];
}

static inline void walk_insert(WalkCache *c, u64 page, u64 word) {
    int slot = c->newest = c->newer[c->newest];
    if (c->tags[slot]) unhash(c, find(c, c->tags[slot]));
    c->tags[slot] = tag_of(page);
    c->words[slot] = word;
    c->hash[find(c, tag_of(page))] = slot + 1;
}

/* ---- the core ---- */

static Tlb first, second;
static WalkCache walk_caches[5];
static u64 l1_misses, stlb_misses, walks, reads[5][NODES];
static u64 references[BATCH * 6];
static int count;
static volatile u64 sink;

static inline void refer(u64 line, int level) { references[count++] = line << 3 | level; }

static inline u64 walk(u64 va, u64 root) {
    u64 table = root;
    int level = LEVELS;
    for (int known = 2; known <= LEVELS; known++) {
        u64 below = walk_lookup(&walk_caches[known], va >> (12 + 9 * (known - 1)));
        if (below) {
            table = below - 1;
            level = known - 1;
            break;
        }
    }
    for (;;) {
        unsigned index = index_of(va, level);
        refer(table << 6 | index >> 3, level);
        u64 *entry = entry_at(table, index);
        if (!(*entry & PRESENT)) abort();
        if (!(*entry & ACCESSED)) *entry |= ACCESSED;
        if (level == 1) return *entry;
        walk_insert(&walk_caches[level], va >> (12 + 9 * (level - 1)), (*entry >> 12) + 1);
        table = *entry >> 12;
        level--;
    }
}

/* ---- where the level-2 table of a GiB is, for those asked lately ---- */

enum { GIBS = 256 };
static u64 gibs[GIBS], gib_tables[GIBS];

static inline u64 table_of(u64 va, u64 root) {
    u64 gib = va >> 30;
    if (gibs[gib % GIBS] != gib + 1) {
        u64 table = root;
        for (int level = LEVELS; level > 2; level--) table = *entry_at(table, index_of(va, level)) >> 12;
        gibs[gib % GIBS] = gib + 1;
        gib_tables[gib % GIBS] = table;
    }
    return gib_tables[gib % GIBS];
}

static void warm(const u64 *va, u64 root) {
    static u64 *entries[BATCH];
    static u64 addresses[BATCH];
    int size = 0;
    for (int i = 0; i < BATCH; i++) {
        if (!contains(&first, va[i] >> 12)) {
            addresses[size] = va[i];
            entries[size++] = entry_at(table_of(va[i], root), index_of(va[i], 2));
        }
    }
    for (int i = 0; i < size; i++) entries[i] = entry_at(*entries[i] >> 12, index_of(addresses[i], 1));
    u64 sum = 0;
    for (int i = 0; i < size; i++) sum += *entries[i];
    sink = sum;
}

static void run(const u64 *va, u64 root) {
    warm(va, root);
    count = 0;
    for (int i = 0; i < BATCH; i++) {
        u64 page = va[i] >> 12;
        u64 word = lookup(&first, page);
        if (!word) {
            l1_misses++;
            word = lookup(&second, page);
            if (word) {
                insert(&first, page, word);
            } else {
                stlb_misses++;
                walks++;
                word = walk(va[i], root) >> 12 << 1 | 1;
                insert(&first, page, word);
                insert(&second, page, word);
            }
        }
        refer((word >> 1) << 6 | (va[i] >> 6 & 63), 0);
    }
    for (int i = 0; i < count; i++) {
        u64 line = references[i] >> 3;
        reads[references[i] & 7][line >> (NODE_SHIFT + 6)]++;
    }
}

static u64 mixed(u64 x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9UL;
    x = (x ^ x >> 27) * 0x94D049BB133111EBUL;
    return x ^ x >> 31;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    unsigned hit_percent = atoi(argv[1]);
    u64 accesses = strtoul(argv[2], 0, 10) / BATCH * BATCH;
    for (int node = 0; node < NODES; node++) memory[node] = calloc(TABLES_PER_NODE * 512, 8);
    first = new_tlb(64, 4);
    second = new_tlb(1536, 12);
    walk_caches[2] = new_walk_cache(32);
    walk_caches[3] = new_walk_cache(4);
    walk_caches[4] = new_walk_cache(2);
    u64 root = allocate(0);
    for (u64 page = 0; page < REGION_PAGES; page++) {
        int node = page / (REGION_PAGES / NODES);
        map(root, REGION_VA + (page << 12), (u64)node << NODE_SHIFT | (1UL << 22) + page, node);
    }
    u64 *va = malloc(accesses * 8);
    for (u64 i = 0; i < accesses; i++) {
        u64 random = mixed((i + 1) * MIX);
        u64 page = (random >> 32) % 100 < hit_percent ? (random & 0xFFFF) % HOT_PAGES : (random & 0xFFFFFFFF) % REGION_PAGES;
        va[i] = REGION_VA + (page << 12) + ((random >> 40 & 63) << 6);
    }
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (u64 at = 0; at < accesses; at += BATCH) run(va + at, root);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("%ld", (long)((to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec));
    printf(" %lu %lu %lu", l1_misses, stlb_misses, walks);
    for (int level = 0; level <= LEVELS; level++)
        for (int node = 0; node < NODES; node++) printf(" %lu", reads[level][node]);
    printf("\n");
    return 0;
}
