/* The connection of a process to the recorder's reader. */
#define _GNU_SOURCE
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

char socket_path[108];
static pthread_mutex_t sending = PTHREAD_MUTEX_INITIALIZER;
static int stream = -1;
static struct stat stream_identity;

void give_up(const char *what)
{
    /* The reader is gone: without it the program would only wait. */
    /* A reader that hung up has said why. */
    if (errno != EPIPE && errno != ECONNRESET) {
        dprintf(2, "mitosis: the recording ended early: %s: %s\n", what, strerror(errno));
    }
    _exit(1);
}

static void send_all(struct iovec *parts, int count)
{
    while (count > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t sent = sendmsg(stream, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) {
                continue;
            }
            give_up("sending");
        }
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
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        give_up("connecting");
    }
    /* Out of the way of the program, which takes the lowest numbers. */
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 900);
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

static int is_ours(int fd);

/* The program may have closed the descriptor, and even opened another file under its number: then connect anew. */
static void check_stream(void)
{
    if (!is_ours(stream)) {
        open_stream(NEW_CONNECTION, 0);
    }
}

void send_record(uint32_t kind, uint32_t thread, const void *head, size_t head_bytes, const void *tail,
                        size_t tail_bytes)
{
    struct header header = {kind, thread, head_bytes + tail_bytes};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)head, head_bytes}, {(void *)tail, tail_bytes}};
    pthread_mutex_lock(&sending);
    check_stream();
    send_all(parts, 3);
    pthread_mutex_unlock(&sending);
}

static int is_ours(int fd)
{
    struct stat now;
    return fstat(fd, &now) == 0 && now.st_ino == stream_identity.st_ino && now.st_dev == stream_identity.st_dev;
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
