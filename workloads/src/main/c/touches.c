/* System calls that read or write the program's memory, as touches of it. */
#define _GNU_SOURCE
#include "touches.h"

#include "calls.h"

#include <limits.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

static void touch_vector(struct vcpu *v, uint64_t vector, uint64_t count, uint64_t bytes, uint64_t flags)
{
    const struct iovec *parts = (const struct iovec *)vector;
    if (parts == NULL || count > IOV_MAX) {
        return;
    }
    touch(v, vector, count * sizeof *parts, 0);
    for (uint64_t i = 0; i < count && bytes > 0; i++) {
        uint64_t part = parts[i].iov_len < bytes ? parts[i].iov_len : bytes;
        touch(v, (uint64_t)parts[i].iov_base, part, flags);
        bytes -= part;
    }
}

static void touch_message(struct vcpu *v, uint64_t message, uint64_t bytes, uint64_t flags)
{
    const struct msghdr *parts = (const struct msghdr *)message;
    if (parts != NULL && bytes > 0) {
        touch(v, message, sizeof *parts, 0);
        touch_vector(v, (uint64_t)parts->msg_iov, parts->msg_iovlen, bytes, flags);
    }
}

void touch_results(struct vcpu *v, int64_t number, const uint64_t *a, int64_t result)
{
    uint64_t bytes = result > 0 ? (uint64_t)result : 0;
    switch (number) {
    case SYS_read: case SYS_pread: case SYS_recvfrom: case SYS_getdents64:
        touch(v, a[1], bytes, STORE);
        break;
    case SYS_getrandom: case SYS_getcwd:
        touch(v, a[0], bytes, STORE);
        break;
    case SYS_readlink:
        touch(v, a[1], bytes, STORE);
        break;
    case SYS_readlinkat:
        touch(v, a[2], bytes, STORE);
        break;
    case SYS_statx:
        touch(v, a[4], result == 0 ? 256 : 0, STORE);
        break;
    case SYS_write: case SYS_pwrite: case SYS_sendto:
        touch(v, a[1], bytes, 0);
        break;
    case SYS_readv: case SYS_preadv:
        touch_vector(v, a[1], a[2], bytes, STORE);
        break;
    case SYS_writev: case SYS_pwritev:
        touch_vector(v, a[1], a[2], bytes, 0);
        break;
    case SYS_stat: case SYS_fstat: case SYS_lstat:
        touch(v, a[1], result == 0 ? sizeof(struct stat) : 0, STORE);
        break;
    case SYS_newfstatat:
        touch(v, a[2], result == 0 ? sizeof(struct stat) : 0, STORE);
        break;
    case SYS_clock_gettime:
        touch(v, a[1], result == 0 ? 16 : 0, STORE);
        break;
    case SYS_sendmsg: case SYS_recvmsg:
        touch_message(v, a[1], bytes, number == SYS_recvmsg ? STORE : 0);
        break;
    case SYS_epoll_wait: case SYS_epoll_pwait:
        touch(v, a[1], bytes * 12, STORE);
        break;
    case SYS_poll: case SYS_ppoll:
        touch(v, a[0], result >= 0 ? a[1] * 8 : 0, STORE);
        break;
    default:
        break;
    }
}
