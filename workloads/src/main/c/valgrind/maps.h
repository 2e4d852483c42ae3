/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* /proc/self/maps as the program would have it without Valgrind: sanitizers look there, and refuse to run beside what they do not know. */
#ifndef MITOSIS_MAPS_H
#define MITOSIS_MAPS_H
#include "pub_tool_basics.h"

/* The program has opened a file: one that lists its own mappings gets another content. */
void maps_opened(const HChar *path, Int fd);

/* Whether a range holds memory of Valgrind's. */
Bool maps_has_foreign(Addr start, SizeT bytes);

#endif
