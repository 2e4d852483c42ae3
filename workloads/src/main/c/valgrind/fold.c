/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * Dependences. Each register, and each word stored lately, carries the number of the entry whose load its value came from. Arithmetic
 * passes it on. Where several loads meet, the one at the end of the longest chain counts: it is the last to arrive. A load of a
 * word that was stored within the window is the stored value, so that a pointer kept on the stack stays in its chain.
 *
 * Cost: this runs once an access and is most of what recording costs. Whether an access stays in the line of the one before cannot
 * be foreseen, so that is computed without a branch: 5 ns an access, 14 with branches.
 */
#include "fold.h"

#include <stddef.h>

#define LINE_SHIFT 6
#define LINE_BYTES ((uint64_t)1 << LINE_SHIFT)

void fold_begin(struct fold_state *s)
{
    uint8_t *bytes = (uint8_t *)s;
    for (size_t i = 0; i < sizeof *s; i++) {
        bytes[i] = 0;
    }
    s->entry = WINDOW;
}

/* What is held in registers while runs are folded. */
struct cursor {
    uint64_t entry, last_line, word;
    uint64_t *next_word;
    uint8_t *next_distance;
};

static inline struct cursor begin(const struct fold_state *s, const struct entries *to)
{
    return (struct cursor){s->entry, to->last_line, to->words[(int64_t)to->used - 1], to->words + to->used,
                           to->distances + to->used};
}

static inline void end_at(const struct cursor *c, struct fold_state *s, struct entries *to)
{
    s->entry = c->entry;
    to->last_line = c->last_line;
    to->used = (uint32_t)(c->next_word - to->words);
}

/* The producer that arrives later; one outside the window has arrived. */
static inline uint64_t later(const struct cursor *c, const struct fold_state *s, uint64_t a, uint64_t b)
{
    uint32_t depth_a = c->entry - a < WINDOW - 2 ? s->depth[a % WINDOW] + 1 : 0;
    uint32_t depth_b = c->entry - b < WINDOW - 2 ? s->depth[b % WINDOW] + 1 : 0;
    return depth_a > depth_b ? a : b;
}

static inline uint64_t latest(const struct cursor *c, const struct fold_state *s, const struct source *from)
{
    uint64_t two = later(c, s, s->producers[from->from[0]], s->producers[from->from[1]]);
    return from->from[2] == NOWHERE ? two : later(c, s, two, s->producers[from->from[2]]);
}

/*
 * Adds one to the entry before, or an entry. The new entry is written in any case, and counted only if it is one: whether it is
 * cannot be foreseen.
 */
static inline void append(struct cursor *c, struct fold_state *s, uint64_t va, uint64_t flags, uint64_t producer)
{
    uint64_t line = va >> LINE_SHIFT;
    uint64_t is_new = line != c->last_line;
    uint64_t distance = c->entry + 1 - producer;
    uint64_t depends = distance < WINDOW;
    s->depth[(c->entry + 1) % WINDOW] = depends ? s->depth[producer % WINDOW] + 1 : 0;
    *c->next_distance = depends ? (uint8_t)distance : 0;
    c->word = ((is_new ? (va & ENTRY_VA_MASK) : c->word) + ENTRY_COUNT_ONE) | flags;
    c->next_word[(int64_t)is_new - 1] = c->word;
    c->next_word += is_new;
    c->next_distance += is_new;
    c->entry += is_new;
    c->last_line = line;
}

static inline uint64_t producer_of(const struct cursor *c, const struct fold_state *s, const struct source *from)
{
    return from->from[1] == NOWHERE ? s->producers[from->from[0]] : latest(c, s, from);
}

static void set_registers(const struct cursor *c, struct fold_state *s, const struct block_exit *left_by)
{
    const struct left_in_register *left = left_by->left, *last = left + left_by->left_count;
    uint64_t fresh[REGISTERS];
    if (left_by->in_order) {
        for (; left < last; left++) {
            s->producers[FIRST_REGISTER + left->reg] = producer_of(c, s, &left->from);
        }
        return;
    }
    for (unsigned i = 0; i < left_by->left_count; i++) {
        fresh[i] = producer_of(c, s, &left[i].from);
    }
    for (unsigned i = 0; i < left_by->left_count; i++) {
        s->producers[FIRST_REGISTER + left[i].reg] = fresh[i];
    }
}

const uint64_t *fold_runs(struct fold_state *s, struct entries *to, const uint64_t *at, const uint64_t *end)
{
    struct cursor cursor = begin(s, to), *c = &cursor;
    const uint64_t *full = to->words + SLOT_ENTRIES;
    struct counts counts = {0, 0};
    while (at < end && c->next_word < full) {
        const struct block_exit *left_by = (const struct block_exit *)*at;
        const struct access *access = left_by->accesses;
        const struct access *last_access = access + left_by->access_count;
        uint64_t *produced = &s->producers[FIRST_ACCESS];
        /* A block has less accesses than what is left of a count. */
        c->last_line = c->word < ENTRY_COUNT_LAST ? c->last_line : ~(uint64_t)0;
        for (at++; access < last_access; at++, access++, produced++) {
            uint64_t va = *at;
            unsigned flags = access->flags;
            if (__builtin_expect(flags & IS_GUARDED, 0) && va == 0) {
                *produced = 0;
                continue;
            }
            uint64_t is_store = (uint64_t)(flags & IS_STORE) << (48 - 1);
            uint64_t producer = flags & HAS_SEVERAL_ORIGINS ? latest(c, s, &access->address) : s->producers[access->address.from[0]];
            append(c, s, va, is_store, producer);
            if (__builtin_expect((va & (LINE_BYTES - 1)) + access->bytes > LINE_BYTES, 0)) {
                uint64_t last = va + access->bytes - 1;
                for (uint64_t line = (va | (LINE_BYTES - 1)) + 1; line <= last; line += LINE_BYTES) {
                    append(c, s, line, is_store, producer);
                }
            }
            uint64_t word = va >> 3;
            struct stored *stored = &s->stored[word % STORED_WORDS];
            if (is_store) {
                *produced = c->entry;
                stored->word = word;
                stored->when = c->entry;
                stored->producer =
                    flags & DATA_HAS_SEVERAL_ORIGINS ? latest(c, s, &access->data) : s->producers[access->data.from[0]];
            } else {
                uint64_t is_stored = (stored->word == word) & (c->entry - stored->when < WINDOW);
                *produced = is_stored ? stored->producer : c->entry;
            }
        }
        set_registers(c, s, left_by);
        counts.all_and_branches += left_by->counts.all_and_branches;
        counts.others += left_by->counts.others;
    }
    to->instructions += (uint32_t)counts.all_and_branches;
    to->branches += counts.all_and_branches >> BRANCH_SHIFT;
    to->multiplies += counts.others & ((1 << DIVIDE_SHIFT) - 1);
    to->divides += counts.others >> DIVIDE_SHIFT & ((1 << DIVIDE_SHIFT) - 1);
    to->floating_points += counts.others >> FLOATING_POINT_SHIFT;
    end_at(c, s, to);
    return at;
}

uint64_t fold_touch(struct fold_state *s, struct entries *to, uint64_t va, uint64_t end, uint64_t flags)
{
    struct cursor cursor = begin(s, to);
    cursor.last_line = ~(uint64_t)0;
    while (va < end && cursor.next_word < to->words + SLOT_ENTRIES) {
        append(&cursor, s, va, flags | ENTRY_KERNEL, 0);
        va = (va | (LINE_BYTES - 1)) + 1;
    }
    cursor.last_line = ~(uint64_t)0;
    end_at(&cursor, s, to);
    return va;
}
