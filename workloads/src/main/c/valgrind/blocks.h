/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * What is known of a translated block before it runs: which accesses it makes, what their addresses come from, and what it leaves
 * in registers. The instrumented block writes only addresses; all else is looked up here.
 *
 * Each run of a block leaves these words in the buffer, one address for each access that was reached:
 *
 *   | address of the block_exit | address | address | …
 */
#ifndef MITOSIS_BLOCKS_H
#define MITOSIS_BLOCKS_H
#include <stdint.h>

enum { MAX_ACCESSES = 512, MAX_EXITS = 250, REGISTERS = 16 };

/*
 * Where a value may come from: places in an array of producers. 0 is none; then come the registers as they were when the block
 * began, then the accesses of the block, of which loads are meant.
 */
enum { NOWHERE = 0, FIRST_REGISTER = 1, FIRST_ACCESS = FIRST_REGISTER + REGISTERS, PLACES = FIRST_ACCESS + MAX_ACCESSES };
enum { ORIGINS = 3 };

/* Unused ones are NOWHERE, and stand last. */
struct source { uint16_t from[ORIGINS]; };

enum { IS_LOAD = 1, IS_STORE = 2, IS_GUARDED = 4, HAS_SEVERAL_ORIGINS = 8, DATA_HAS_SEVERAL_ORIGINS = 16 };

struct access {
    struct source address, data;
    uint16_t bytes, flags;
};

/* A register holds another value than when the block began. */
struct left_in_register {
    struct source from;
    uint16_t reg;
};

/*
 * Instructions by what executes them, as fields of two words that are added up: instructions and branches, of 32 bits each; multiplications,
 * divisions and floating point, of 21.
 */
struct counts { uint64_t all_and_branches, others; };
enum { BRANCH_SHIFT = 32, DIVIDE_SHIFT = 21, FLOATING_POINT_SHIFT = 42 };

/* How a block may be left: what was done until then. */
struct block_exit {
    const struct access *accesses;
    struct counts counts;
    uint16_t access_count, left_count;
    /* Registers in an order in which each may be set before the next is looked at; otherwise all are looked at first. */
    uint32_t in_order;
    struct left_in_register left[];
};

#endif
