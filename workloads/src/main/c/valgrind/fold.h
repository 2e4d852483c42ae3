/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* Turns what blocks wrote into entries: consecutive accesses to a line become one, each with the load that its address came from. */
#ifndef MITOSIS_FOLD_H
#define MITOSIS_FOLD_H
#include "blocks.h"

#define ENTRY_STORE ((uint64_t)1 << 48)
#define ENTRY_KERNEL ((uint64_t)1 << 49)
#define ENTRY_COUNT_SHIFT 50
#define ENTRY_COUNT_ONE ((uint64_t)1 << ENTRY_COUNT_SHIFT)
#define ENTRY_COUNT_LAST ((uint64_t)15360 << ENTRY_COUNT_SHIFT)
#define ENTRY_VA_MASK (ENTRY_STORE - 1)

/* Further back than any processor's window: an address that comes from there comes from nothing. */
enum { WINDOW = 256, STORED_WORDS = 512 };
/* A slot with so many entries is full. The longest block may add SLOT_SLACK more. */
enum { SLOT_ENTRIES = 32768, SLOT_SLACK = 4096 };

/* The last store to an 8-byte word: a load of it soon after has the stored value, without waiting for memory. */
struct stored { uint64_t word, producer, when, unused; };

/* What is kept of each thread. A producer is the number of an entry, and 0 or another old number stands for none. */
struct fold_state {
    uint64_t entry;                          /* the number of the entry that was made last; begins at WINDOW */
    uint64_t producers[PLACES];              /* what a block's sources name; registers outlast the block */
    uint32_t depth[WINDOW];                  /* how many loads led to the address of an entry */
    struct stored stored[STORED_WORDS + 1];  /* the last is written and never read */
};

/* Where entries go. */
struct entries {
    uint64_t *words;
    uint8_t *distances;                      /* the address came from the entry so many before; 0: from none */
    uint32_t used;
    uint64_t last_line;
    uint64_t instructions, branches, multiplies, divides, floating_points;
};

void fold_begin(struct fold_state *state);

/*
 * Folds the runs of blocks that stand from at to end, at most 32,768. Stops when the slot is full; the result is where to go on, or end.
 */
const uint64_t *fold_runs(struct fold_state *state, struct entries *to, const uint64_t *at, const uint64_t *end);

/* What the kernel reads or writes for the program: one entry a line; stops when the slot is full and gives the address to go on from. */
uint64_t fold_touch(struct fold_state *state, struct entries *to, uint64_t va, uint64_t end, uint64_t flags);

#endif
