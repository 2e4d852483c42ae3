/*
 * The host's own kernel as an oracle: makes memory calls in a window of addresses and on its heap, says what came of them, and
 * what is mapped and resident afterwards.
 *
 * A request is eight u64: who (0 this process, 1 its child), what, and six arguments. An answer is a struct answer.
 * The child is made by FORK and serves the same protocol over pipes; it ends by EXIT.
 *
 * Nothing here allocates memory: the heap belongs to the calls that are tried.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MMAP, MMAP_FILE, MUNMAP, MPROTECT, MREMAP, MADVISE, READ, WRITE, MINCORE, MLOCK, MUNLOCK, MSYNC, BRK, FORK, EXIT,
       FTRUNCATE, RESET, START };

enum { LINES = 96, FILE_PAGES = 12, PAGE = 4096 };

struct answer {
    int64_t result;
    uint64_t resident;
    uint64_t count;
    struct { uint64_t start, end, rights; } lines[LINES];
};

static uint64_t window_start, window_pages, heap_start, heap_pages;
static sigjmp_buf escape;
static int file = -1;
static int to_child = -1, from_child = -1;
static pid_t child;

static void on_fault(int number)
{
    siglongjmp(escape, number);
}

/* The byte that is there, or -1000 minus the signal. */
static int64_t touch(volatile unsigned char *at, int is_write, unsigned char value)
{
    int signal_number = sigsetjmp(escape, 1);
    if (signal_number) {
        return -1000 - signal_number;
    }
    if (is_write) {
        *at = value;
        return 0;
    }
    return *at;
}

static uint64_t resident(uint64_t start, uint64_t pages)
{
    uint64_t bits = 0;
    for (uint64_t i = 0; i < pages; i++) {
        unsigned char state = 0;
        if (mincore((void *)(start + i * PAGE), PAGE, &state) == 0 && (state & 1)) {
            bits |= (uint64_t)1 << i;
        }
    }
    return bits;
}

static const char *hex(const char *at, uint64_t *value)
{
    *value = 0;
    for (;; at++) {
        int digit = *at >= '0' && *at <= '9' ? *at - '0' : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10 : -1;
        if (digit < 0) {
            return at;
        }
        *value = *value << 4 | (uint64_t)digit;
    }
}

static void take_line(struct answer *answer, const char *line)
{
    uint64_t start, end;
    line = hex(hex(line, &start) + 1, &end);
    uint64_t window_end = window_start + window_pages * PAGE, heap_end = heap_start + heap_pages * PAGE;
    int is_ours = (end > window_start && start < window_end) || (end > heap_start && start < heap_end);
    if (is_ours && answer->count < LINES) {
        uint64_t rights = (line[1] == 'r') | (line[2] == 'w') << 1 | (line[3] == 'x') << 2 | (line[4] == 's') << 3;
        answer->lines[answer->count].start = start;
        answer->lines[answer->count].end = end;
        answer->lines[answer->count++].rights = rights;
    }
}

static void maps(struct answer *answer)
{
    static char text[1 << 16];
    size_t length = 0;
    int in = open("/proc/self/maps", O_RDONLY);
    ssize_t got;
    while (in >= 0 && (got = read(in, text + length, sizeof text - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(in);
    text[length] = 0;
    for (char *line = text; *line;) {
        char *end = strchr(line, '\n');
        take_line(answer, line);
        line = end ? end + 1 : line + strlen(line);
    }
}

static int transfer(int fd, void *data, size_t size, int is_write)
{
    for (size_t done = 0; done < size;) {
        ssize_t part = is_write ? write(fd, (char *)data + done, size - done) : read(fd, (char *)data + done, size - done);
        if (part <= 0) {
            return 0;
        }
        done += (size_t)part;
    }
    return 1;
}

static void serve(int in, int out);

static int64_t make_child(void)
{
    int down[2], up[2];
    if (child || pipe(down) || pipe(up)) {
        return -EAGAIN;
    }
    pid_t made = fork();
    if (made == 0) {
        close(down[1]);
        close(up[0]);
        child = 0;
        serve(down[0], up[1]);
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    to_child = down[1];
    from_child = up[0];
    child = made;
    return made < 0 ? -errno : 0;
}

static int64_t end_child(void)
{
    if (child) {
        close(to_child);
        close(from_child);
        waitpid(child, NULL, 0);
        child = 0;
    }
    return 0;
}

static void fill_file(void)
{
    if (file < 0) {
        file = memfd_create("oracle", 0);
    }
    if (ftruncate(file, 0) || ftruncate(file, (off_t)FILE_PAGES * PAGE)) {
        _exit(3);
    }
    for (int page = 0; page < FILE_PAGES; page++) {
        unsigned char value = (unsigned char)(100 + page);
        if (pwrite(file, &value, 1, (off_t)page * PAGE) != 1) {
            _exit(3);
        }
    }
}

static int64_t reset(void)
{
    end_child();
    /* With room on both sides: what is moved may reach beyond. */
    munmap((void *)(window_start - window_pages * PAGE), 3 * window_pages * PAGE);
    syscall(SYS_brk, heap_start);
    fill_file();
    return 0;
}

static int64_t call(uint64_t what, const uint64_t *a)
{
    switch (what) {
    case MMAP: return syscall(SYS_mmap, a[0], a[1], a[2], a[3], -1, 0);
    case MMAP_FILE: return syscall(SYS_mmap, a[0], a[1], a[2], a[3], file, a[4]);
    case MUNMAP: return syscall(SYS_munmap, a[0], a[1]);
    case MPROTECT: return syscall(SYS_mprotect, a[0], a[1], a[2]);
    case MREMAP: return syscall(SYS_mremap, a[0], a[1], a[2], a[3], a[4]);
    case MADVISE: return syscall(SYS_madvise, a[0], a[1], a[2]);
    case READ: return touch((unsigned char *)a[0], 0, 0);
    case WRITE: return touch((unsigned char *)a[0], 1, (unsigned char)a[1]);
    case MINCORE: {
        static unsigned char states[4096];
        return a[1] > sizeof states * PAGE ? syscall(SYS_mincore, a[0], a[1], NULL) : syscall(SYS_mincore, a[0], a[1], states);
    }
    case MLOCK: return syscall(SYS_mlock, a[0], a[1]);
    case MUNLOCK: return syscall(SYS_munlock, a[0], a[1]);
    case MSYNC: return syscall(SYS_msync, a[0], a[1], a[2]);
    case BRK: return syscall(SYS_brk, heap_start + a[0]) - (int64_t)heap_start;
    case FORK: return make_child();
    case EXIT: return end_child();
    case FTRUNCATE: return ftruncate(file, (off_t)(a[0] * PAGE));
    case RESET: return reset();
    case START:
        window_start = a[0];
        window_pages = a[1];
        heap_pages = a[2];
        heap_start = (uint64_t)syscall(SYS_brk, 0);
        return (int64_t)heap_start;
    default: return -ENOSYS;
    }
}

static void serve(int in, int out)
{
    static struct answer answer;
    uint64_t request[8];
    while (transfer(in, request, sizeof request, 0)) {
        memset(&answer, 0, sizeof answer);
        if (request[0] && child) {
            request[0] = 0;
            if (!transfer(to_child, request, sizeof request, 1) || !transfer(from_child, &answer, sizeof answer, 0)) {
                _exit(4);
            }
        } else {
            errno = 0;
            int64_t result = call(request[1], request + 2);
            answer.result = result == -1 && errno ? -errno : result;
            answer.resident = resident(window_start, window_pages) | resident((heap_start + PAGE - 1) & -(uint64_t)PAGE, heap_pages) << window_pages;
            maps(&answer);
        }
        if (!transfer(out, &answer, sizeof answer, 1)) {
            return;
        }
    }
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    serve(0, 1);
    return 0;
}
