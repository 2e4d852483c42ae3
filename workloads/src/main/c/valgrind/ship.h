/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* The way to the recorder's reader: a connection for records, and shared memory for entries. */
#ifndef MITOSIS_SHIP_H
#define MITOSIS_SHIP_H
#include "pub_tool_basics.h"

#include "fold.h"

enum { HELLO = 1, MAPPING, THREAD, ACCESSES, CALL, FORK, EXEC, UNSEEN, GONE, EXIT, FOLDED, POLICY };
/* Why a connection is made: for a forked process, or for a program that starts, of which the reader knows whether it is a new image. */
enum { NEW_PROCESS = 0, NEW_START = 3 };

/* What the command line says. */
extern const HChar *socket_path;
extern const HChar *ring_folder;
extern UInt patience_seconds;

/* The slot that entries go to. */
extern struct entries slot;

/* Set when nobody listens any more: from then on nothing is recorded, and the program goes on. */
extern Bool is_detached;

void detach(const HChar *what);

/* Connects this process and makes its ring, or detaches it; parent is 0 for one that was not forked by a recorded process. */
void open_stream(ULong why, Int parent);

/* Forgets what a forked child has inherited. */
void forget_stream(void);

void send_record(UInt kind, UInt thread, const void *head, SizeT head_bytes, const void *tail, SizeT tail_bytes);

/* Hands the slot to the reader, if there is anything in it, and waits for a free one. */
void ship_slot(UInt thread);

/* Shows the reader which system call the program makes, for when nothing else comes. */
void note_call(UInt number);

/* A system call of the kernel, not of the program. */
Word kernel(Word number, Word a, Word b, Word c, Word d, Word e, Word f);

#endif
