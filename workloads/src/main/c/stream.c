/* The connection of a process to the recorder's reader. */
#define _GNU_SOURCE
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

/* Where the connection goes, and how far below a limit it stays that is lower. */
#define HIGH_DESCRIPTOR 900
#define ROOM 8

char socket_path[108];
unsigned patience_seconds = 30;
atomic_bool detached;
static pthread_mutex_t sending = PTHREAD_MUTEX_INITIALIZER;
static int stream = -1;
static struct stat stream_identity;

static bool is_ours(int fd)
{
    struct stat now;
    return fd >= 0 && fstat(fd, &now) == 0 && now.st_ino == stream_identity.st_ino && now.st_dev == stream_identity.st_dev;
}

/* A reader that wants no more says so with a byte before it hangs up. */
static bool was_released(void)
{
    char byte;
    /* The first call may fetch the error that the hang-up left behind. */
    return is_ours(stream)
        && (recv(stream, &byte, 1, MSG_DONTWAIT) == 1 || recv(stream, &byte, 1, MSG_DONTWAIT) == 1);
}

void detach(const char *what)
{
    if (atomic_exchange(&detached, true)) {
        return;
    }
    if (!was_released()) {
        dprintf(2, "mitosis: %s: process %d goes on unrecorded\n", what, (int)getpid());
    }
    if (is_ours(stream)) {
        close(stream);
    }
    stream = -1;
}

/* Sends all of it, or detaches. A send waits for a second at the most, so that a process that is stopped loses one, no more. */
static void send_all(struct iovec *parts, int count)
{
    unsigned waited = 0;
    while (count > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t sent = sendmsg(stream, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) {
                continue;
            }
            if ((errno == EAGAIN || errno == EWOULDBLOCK) && ++waited < patience_seconds) {
                continue;
            }
            detach(errno == EAGAIN || errno == EWOULDBLOCK ? "the recorder does not read any more" : "the recorder is gone");
            return;
        }
        waited = sent > 0 ? 0 : waited;
        while (count > 0 && (size_t)sent >= parts->iov_len) {
            sent -= parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + sent;
            parts->iov_len -= sent;
        }
    }
}

void open_stream(uint64_t why, pid_t parent)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = patience_seconds}, second = {.tv_sec = 1};
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        if (fd >= 0) {
            close(fd);
        }
        stream = -1;
        detach("the recorder cannot be reached");
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
    /* Out of the way of the program, which takes the lowest numbers. */
    struct rlimit limit;
    bool is_low = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < HIGH_DESCRIPTOR + ROOM;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, is_low && limit.rlim_cur > ROOM ? (int)limit.rlim_cur - ROOM : HIGH_DESCRIPTOR);
    if (high >= 0) {
        close(fd);
        fd = high;
    }
    stream = fd;
    fstat(stream, &stream_identity);
    struct header header = {HELLO, 0, 4 * sizeof(uint64_t)};
    uint64_t hello[4] = {VERSION, getpid(), parent, why};
    struct iovec parts[] = {{&header, sizeof header}, {hello, sizeof hello}};
    send_all(parts, 2);
}

/* The program may have closed the descriptor, and even opened another file under its number: then connect anew. */
static void check_stream(void)
{
    if (!is_ours(stream)) {
        open_stream(NEW_CONNECTION, 0);
    }
}

void send_record(uint32_t kind, uint32_t thread, const void *head, size_t head_bytes, const void *tail, size_t tail_bytes)
{
    struct header header = {kind, thread, head_bytes + tail_bytes};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)head, head_bytes}, {(void *)tail, tail_bytes}};
    if (is_detached()) {
        return;
    }
    pthread_mutex_lock(&sending);
    check_stream();
    if (!is_detached()) {
        send_all(parts, 3);
    }
    pthread_mutex_unlock(&sending);
}

void forget_stream(void)
{
    pthread_mutex_init(&sending, NULL);
    if (is_ours(stream)) {
        close(stream);
    }
    stream = -1;
}

int has_stream(void)
{
    return stream >= 0;
}
