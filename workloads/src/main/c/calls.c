/* The numbers of system calls: x86-64's own, and those that AArch64 shares with most newer architectures. */
#include "calls.h"

#include <stddef.h>
#include <string.h>

/* Linux include/uapi/asm-generic/unistd.h: the calls of the enumeration that exist there. */
static const struct { short generic, x86_64; } renumbered[] = {
    {17, SYS_getcwd}, {61, SYS_getdents64}, {63, SYS_read}, {64, SYS_write}, {65, SYS_readv}, {66, SYS_writev},
    {67, SYS_pread}, {68, SYS_pwrite}, {69, SYS_preadv}, {70, SYS_pwritev}, {73, SYS_ppoll}, {78, SYS_readlinkat},
    {79, SYS_newfstatat}, {80, SYS_fstat}, {93, SYS_exit}, {94, SYS_exit_group}, {113, SYS_clock_gettime}, {22, SYS_epoll_pwait},
    {196, SYS_shmat}, {206, SYS_sendto}, {207, SYS_recvfrom}, {211, SYS_sendmsg}, {212, SYS_recvmsg}, {214, SYS_brk},
    {215, SYS_munmap}, {216, SYS_mremap}, {220, SYS_clone}, {221, SYS_execve}, {222, SYS_mmap}, {226, SYS_mprotect},
    {233, SYS_madvise}, {278, SYS_getrandom}, {291, SYS_statx},
};
enum { LAST = 512 };

static bool is_generic;
static short by_generic[LAST];

bool choose_calls(const char *target)
{
    is_generic = strcmp(target, "aarch64") == 0;
    for (size_t i = 0; i < LAST; i++) {
        by_generic[i] = -1;
    }
    for (size_t i = 0; i < sizeof renumbered / sizeof renumbered[0]; i++) {
        by_generic[renumbered[i].generic] = renumbered[i].x86_64;
    }
    return is_generic || strcmp(target, "x86_64") == 0;
}

int64_t call_number(int64_t guest_number)
{
    if (!is_generic) {
        return guest_number;
    }
    return guest_number >= 0 && guest_number < LAST ? by_generic[guest_number] : -1;
}

bool changes_memory(int64_t number)
{
    switch (number) {
    case SYS_mmap: case SYS_mprotect: case SYS_munmap: case SYS_brk: case SYS_mremap: case SYS_madvise: case SYS_shmat:
        return true;
    default:
        return false;
    }
}
