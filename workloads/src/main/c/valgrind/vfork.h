/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vfork. Valgrind makes a fork of it, so what the child writes stays its own. Here the child keeps a list of the words that it has
 * written, and when it executes or exits sends what they hold to its parent, which waits for that as vfork does.
 */
#ifndef MITOSIS_VFORK_H
#define MITOSIS_VFORK_H
#include "pub_tool_basics.h"

/* Before a call that forks. */
void vfork_before(UInt number, const UWord *args);

/* In the child of any fork. */
void vfork_in_child(void);

/* In the parent, when the child is known to the reader: takes over what it writes until it executes or exits. */
void vfork_in_parent(void);

/* The program stored to a range; asked for only where is_vfork_child. */
extern Bool is_vfork_child;
void vfork_stored(Addr va, SizeT bytes);

/* The child is about to execute or to exit. */
void vfork_hand_over(void);

#endif
