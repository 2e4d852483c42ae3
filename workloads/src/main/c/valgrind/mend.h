/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* What Valgrind does otherwise than a kernel, mended as far as a tool can. */
#ifndef MITOSIS_MEND_H
#define MITOSIS_MEND_H
#include "pub_tool_basics.h"

/* Before a program's first instruction: its environment, its name and its break are as a kernel would make them. */
void mend_start(ThreadId tid);

/* What the image before this one said of it, when it was executed: argv[0] and the path. */
extern const HChar *first_argument, *executed_path;

/* Before execve, by path: whether the new image can run under Valgrind. Otherwise it will run by itself. */
Bool can_run_recorded(const HChar *path);

#endif
