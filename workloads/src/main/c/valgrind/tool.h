/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* What the files of the tool know of each other. */
#ifndef MITOSIS_TOOL_H
#define MITOSIS_TOOL_H
#include "pub_tool_basics.h"
#include "pub_tool_tooliface.h"

#include "blocks.h"

/* The words that blocks write before they are folded. After the last comes room for the longest block. */
enum { BUFFER_WORDS = 4096 };
extern ULong buffer[BUFFER_WORDS + MAX_ACCESSES + 1];
#define BUFFER_FIRST ((Addr)buffer)
#define BUFFER_FULL ((Addr)(buffer + BUFFER_WORDS))

/* Where a thread keeps the address of its next free word: the first word of Valgrind's first shadow of its registers. */
enum { POINTER_SHADOW = 1, POINTER_OFFSET = 0 };

/* Called by blocks that find the buffer full, before they write; next is the free word. */
void on_full_buffer(HWord next);

/* Adds the writing of addresses to a block. */
IRSB *instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout, const VexGuestExtents *extents,
                 const VexArchInfo *arch, IRType guest_word, IRType host_word);

#endif
