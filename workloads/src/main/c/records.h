/* The records that go over a process's connection, and how they are sent. The layout is described in recorder.c. */
#ifndef RECORDS_H
#define RECORDS_H
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HELLO = 1, MAPPING, THREAD, ACCESSES, CALL, FORK, EXEC, UNSEEN, GONE, EXIT };
enum { VERSION = 1 };
/* Why a connection is made: for a new process, a new image after exec, or because the program closed the old one. */
enum { NEW_PROCESS = 0, NEW_IMAGE = 1, NEW_CONNECTION = 2 };

struct header { uint32_t kind, thread; uint64_t bytes; };

extern char socket_path[108];
extern char plugin_path[PATH_MAX];
extern char qemu_path[PATH_MAX];

/* Ends the program: nobody listens to it any more. */
void give_up(const char *what);

/* Connects this process; parent is 0 for one that no recorded process has forked. */
void open_stream(uint64_t why, pid_t parent);

/* Forgets the connection that a forked child has inherited. */
void forget_stream(void);

int has_stream(void);

/* Sends one record whole, whichever thread calls. */
void send_record(uint32_t kind, uint32_t thread, const void *head, size_t head_bytes, const void *tail, size_t tail_bytes);

/* Executes a program under the recorder in place of this one; returns when it cannot be recorded or executed. */
void exec_recorded(const char *path, char **argv, char **envp);

#endif
