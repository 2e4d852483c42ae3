/* The records that go over a process's connection, and how they are sent. The layout is described in recorder.c. */
#ifndef RECORDS_H
#define RECORDS_H
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HELLO = 1, MAPPING, THREAD, ACCESSES, CALL, FORK, EXEC, UNSEEN, GONE, EXIT };
enum { VERSION = 1 };
/* Why a connection is made: for a new process, a new image after exec, or because the program closed the old one. */
enum { NEW_PROCESS = 0, NEW_IMAGE = 1, NEW_CONNECTION = 2 };

struct header { uint32_t kind, thread; uint64_t bytes; };

/* The plugin's arguments, which it hands on to itself when a program executes another. */
extern char socket_path[108];
extern char plugin_path[PATH_MAX];
/* The emulators, by what they emulate; empty where there is none. */
extern char x86_64_path[PATH_MAX];
extern char aarch64_path[PATH_MAX];
/* Where the loader and the libraries of AArch64 programs are; may be empty. */
extern char aarch64_prefix[PATH_MAX];
/* How many seconds a reader may stand still before the program goes on without it. */
extern unsigned patience_seconds;

/* Set when nobody listens any more: from then on nothing is recorded, and the program goes on. */
extern atomic_bool detached;

static inline bool is_detached(void)
{
    return atomic_load_explicit(&detached, memory_order_relaxed);
}

/* Ends the recording of this process and says so, unless the reader wished it. The program goes on. */
void detach(const char *what);

/* Connects this process, or detaches it; parent is 0 for one that no recorded process has forked. */
void open_stream(uint64_t why, pid_t parent);

/* Forgets the connection that a forked child has inherited. */
void forget_stream(void);

int has_stream(void);

/* Sends one record whole, whichever thread calls; nothing once detached. */
void send_record(uint32_t kind, uint32_t thread, const void *head, size_t head_bytes, const void *tail, size_t tail_bytes);

/* Executes a program under the recorder in place of this one; returns when it cannot be recorded or executed. */
void exec_recorded(const char *path, char **argv, char **envp);

#endif
