/*
 * The host's own kernel as an oracle: makes memory calls in a window of addresses and says what came of them.
 *
 * Requests and answers are fixed: six u64 in, one i64 out; then, for MAPS, a count and as many (start, end, prot).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MMAP, MUNMAP, MPROTECT, MREMAP, MADVISE, READ, WRITE, MINCORE, MAPS, MLOCK, MUNLOCK, MSYNC };

static sigjmp_buf escape;

static void on_fault(int number)
{
    siglongjmp(escape, number);
}

static int64_t touch(volatile char *at, int is_write)
{
    int signal_number = sigsetjmp(escape, 1);
    if (signal_number) {
        return signal_number;
    }
    if (is_write) {
        *at = 1;
    } else {
        (void)*at;
    }
    return 0;
}

/* One bit a page: resident or not; a page that is not mapped is not. */
static int64_t resident(uint64_t start, uint64_t pages)
{
    int64_t bits = 0;
    for (uint64_t i = 0; i < pages; i++) {
        unsigned char state = 0;
        if (mincore((void *)(start + (i << 12)), 4096, &state) == 0 && (state & 1)) {
            bits |= (int64_t)1 << i;
        }
    }
    return bits;
}

static void maps(uint64_t start, uint64_t end)
{
    static uint64_t found[3 * 4096];
    uint64_t count = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    while (file && fgets(line, sizeof line, file)) {
        uint64_t from, to;
        char rights[5];
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, rights) == 3 && to > start && from < end && count < 4096) {
            found[3 * count] = from;
            found[3 * count + 1] = to;
            found[3 * count + 2] = (rights[0] == 'r') | (rights[1] == 'w') << 1 | (rights[2] == 'x') << 2;
            count++;
        }
    }
    if (file) {
        fclose(file);
    }
    fwrite(&count, sizeof count, 1, stdout);
    fwrite(found, 3 * sizeof *found, count, stdout);
}

int main(void)
{
    uint64_t r[6];
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    while (fread(r, sizeof r, 1, stdin) == 1) {
        int64_t result = 0;
        errno = 0;
        switch (r[0]) {
        case MMAP: result = syscall(SYS_mmap, r[1], r[2], r[3], r[4], -1, 0); break;
        case MUNMAP: result = syscall(SYS_munmap, r[1], r[2]); break;
        case MPROTECT: result = syscall(SYS_mprotect, r[1], r[2], r[3]); break;
        case MREMAP: result = syscall(SYS_mremap, r[1], r[2], r[3], r[4], r[5]); break;
        case MADVISE: result = syscall(SYS_madvise, r[1], r[2], r[3]); break;
        case READ: result = touch((char *)r[1], 0); break;
        case WRITE: result = touch((char *)r[1], 1); break;
        case MINCORE: result = resident(r[1], r[2]); break;
        case MLOCK: result = syscall(SYS_mlock, r[1], r[2]); break;
        case MUNLOCK: result = syscall(SYS_munlock, r[1], r[2]); break;
        case MSYNC: result = syscall(SYS_msync, r[1], r[2], r[3]); break;
        default: break;
        }
        result = result == -1 && errno ? -errno : result;
        fwrite(&result, sizeof result, 1, stdout);
        if (r[0] == MAPS) {
            maps(r[1], r[2]);
        }
        fflush(stdout);
    }
    return 0;
}
