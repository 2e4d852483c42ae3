/* System calls by the numbers of x86-64, whatever the program's architecture. */
#ifndef CALLS_H
#define CALLS_H
#include <stdbool.h>
#include <stdint.h>

enum {
    SYS_read = 0, SYS_write = 1, SYS_open = 2, SYS_stat = 4, SYS_fstat = 5, SYS_lstat = 6, SYS_poll = 7, SYS_mmap = 9, SYS_mprotect = 10,
    SYS_munmap = 11, SYS_brk = 12, SYS_pread = 17, SYS_pwrite = 18, SYS_readv = 19, SYS_writev = 20, SYS_mremap = 25,
    SYS_madvise = 28, SYS_shmat = 30, SYS_sendto = 44, SYS_recvfrom = 45, SYS_sendmsg = 46, SYS_recvmsg = 47, SYS_clone = 56,
    SYS_fork = 57, SYS_vfork = 58, SYS_execve = 59, SYS_exit = 60, SYS_getcwd = 79, SYS_readlink = 89, SYS_getdents64 = 217,
    SYS_clock_gettime = 228, SYS_exit_group = 231, SYS_epoll_wait = 232, SYS_openat = 257, SYS_newfstatat = 262, SYS_readlinkat = 267,
    SYS_ppoll = 271, SYS_epoll_pwait = 281, SYS_preadv = 295, SYS_pwritev = 296, SYS_getrandom = 318, SYS_statx = 332,
    SYS_userfaultfd = 323, SYS_clone3 = 435, SYS_pidfd_getfd = 438, SYS_process_madvise = 440, SYS_epoll_pwait2 = 441,
    SYS_landlock_create_ruleset = 444, SYS_landlock_add_rule = 445, SYS_landlock_restrict_self = 446, SYS_set_mempolicy_home_node = 450,
};

/* Chooses the numbering by QEMU's name of the emulated architecture; false when it is none that we know. */
bool choose_calls(const char *target);

/* The number on x86-64 of a call of the program, or -1 for one that the recorder has no use for. */
int64_t call_number(int64_t guest_number);

bool changes_memory(int64_t number);

#endif
