/*
 * Small loops whose use of memory is known, to hold predictions against the machine that they run on.
 *
 *   kernels [-c CPU] [-p base|huge] KERNEL MIB MILLIONS    runs one, and prints the nanoseconds of its loop
 *   kernels [-c CPU] [-p base|huge] -x PROGRAM ...         runs a program so
 *   kernels [-c CPU] neighbour                             reads memory in order until it is killed
 *
 * base: no huge page (prctl); huge: huge pages where the kernel has them for who asks (madvise, and a tunable of glibc's malloc).
 * A call of getppid stands before the loop and after it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE (2UL << 20)

static uint64_t seed = 88172645463325252ULL;

static inline uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void *area(size_t bytes)
{
    char *p = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        perror("kernels: mmap");
        exit(1);
    }
    p = (char *)(((uintptr_t)p + HUGE_PAGE - 1) & -HUGE_PAGE);
    madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

/* A full cycle through all lines, in an order that no prefetcher sees. */
static void link_lines(uint64_t *words, uint64_t lines)
{
    for (uint64_t i = 0; i < lines; i++) {
        words[i * 8] = (i * 2862933555777941757ULL + 3037000493ULL) & (lines - 1);
    }
}

static uint64_t update(uint64_t *a, uint64_t n, uint64_t times)
{
    for (uint64_t i = 0; i < times; i++) {
        a[draw() & (n - 1)] ^= i;
    }
    return a[0];
}

static uint64_t chase(uint64_t *a, uint64_t n, uint64_t times)
{
    uint64_t at = 0;
    (void)n;
    for (uint64_t i = 0; i < times; i++) {
        at = a[at * 8];
    }
    return at;
}

static uint64_t stream(uint64_t *a, uint64_t n, uint64_t times)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < times; i++) {
        sum += a[i & (n - 1)];
    }
    return sum;
}

static uint64_t copy(uint64_t *a, uint64_t n, uint64_t times)
{
    uint64_t half = n / 2;
    for (uint64_t i = 0; i < times / 2; i++) {
        a[half + (i & (half - 1))] = a[i & (half - 1)];
    }
    return a[half];
}

/* Half of the area is an index of 4-byte numbers, read in order; the other half is gathered from. */
static uint64_t gather(uint64_t *a, uint64_t n, uint64_t times)
{
    uint32_t *index = (uint32_t *)a;
    uint64_t *from = a + n / 2, sum = 0;
    for (uint64_t i = 0; i < times / 2; i++) {
        sum += from[index[i & (n - 1)] & (n / 2 - 1)];
    }
    return sum;
}

static uint64_t stencil(uint64_t *a, uint64_t n, uint64_t times)
{
    uint64_t row = 4096, sum = 0, rows = n / row;
    for (uint64_t i = 0; i < times / 3; i++) {
        uint64_t at = row + i % ((rows - 2) * row);
        sum += a[at - row] + a[at] + a[at + row];
    }
    return sum;
}

/* An implicit search tree, breadth first: each step waits for the one before. */
static uint64_t tree(uint64_t *a, uint64_t n, uint64_t times)
{
    uint64_t found = 0;
    for (uint64_t i = 0; i < times;) {
        uint64_t key = draw(), at = 1;
        for (; at < n; i++) {
            at = 2 * at + ((a[at] ^ key) >> 63 & 1);
            key <<= 1;
        }
        found += at;
    }
    return found;
}

/* Random keys in a table of 16-byte entries: what matches not is looked for in the next entry. */
static uint64_t hash(uint64_t *a, uint64_t n, uint64_t times)
{
    uint64_t found = 0, entries = n / 2;
    for (uint64_t i = 0; i < times; i++) {
        uint64_t key = draw(), at = key & (entries - 1);
        if ((a[2 * at] ^ key) & 1) {
            at = (at + 1) & (entries - 1);
            i++;
        }
        found += a[2 * at + 1];
    }
    return found;
}

/* One pass of a radix sort: read in order, written to the ends of 256 buckets. */
static uint64_t sort(uint64_t *a, uint64_t n, uint64_t times)
{
    uint64_t half = n / 2, bucket = half / 256;
    static uint64_t ends[256];
    for (uint64_t i = 0; i < times / 2; i++) {
        uint64_t value = a[i & (half - 1)] + i * 0x9E3779B97F4A7C15ULL;
        uint64_t b = value >> 56;
        a[half + b * bucket + (ends[b]++ & (bucket - 1))] = value;
    }
    return a[half];
}

static const struct {
    const char *name;
    uint64_t (*loop)(uint64_t *, uint64_t, uint64_t);
} kernels[] = {{"update", update}, {"chase", chase}, {"stream", stream}, {"copy", copy}, {"gather", gather},
    {"stencil", stencil}, {"tree", tree}, {"hash", hash}, {"sort", sort}};

static void neighbour(void)
{
    uint64_t n = (256UL << 20) / 8, sum = 0;
    uint64_t *a = area(n * 8);
    memset(a, 1, n * 8);
    for (;;) {
        for (uint64_t i = 0; i < n; i += 8) {
            sum += a[i];
        }
        if (sum == 1) {
            puts("");
        }
    }
}

static int run(const char *name, uint64_t bytes, uint64_t times)
{
    for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
        if (strcmp(kernels[k].name, name) != 0) {
            continue;
        }
        uint64_t n = bytes / 8;
        uint64_t *a = area(bytes);
        if (kernels[k].loop == chase) {
            link_lines(a, n / 8);
        } else {
            for (uint64_t i = 0; i < n; i += 8) {
                a[i] = draw();
            }
            if (kernels[k].loop == gather) {
                for (uint64_t i = 0; i < n / 2; i++) {
                    a[i] = draw();
                }
            }
        }
        struct timespec from, to;
        syscall(SYS_getppid);
        clock_gettime(CLOCK_MONOTONIC, &from);
        uint64_t result = kernels[k].loop(a, n, times);
        clock_gettime(CLOCK_MONOTONIC, &to);
        syscall(SYS_getppid);
        printf("%ld %lu\n", (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec, (unsigned long)(result & 1));
        return 0;
    }
    fprintf(stderr, "kernels: no kernel %s\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-' && argv[at][1] != 'x'; at += 2) {
        if (argv[at][1] == 'c') {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(atoi(argv[at + 1]), &one);
            if (sched_setaffinity(0, sizeof one, &one) != 0) {
                perror("kernels: sched_setaffinity");
                return 1;
            }
        } else if (strcmp(argv[at + 1], "base") == 0) {
            prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
        } else {
            setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
        }
    }
    if (at + 1 < argc && strcmp(argv[at], "-x") == 0) {
        execvp(argv[at + 1], argv + at + 1);
        perror(argv[at + 1]);
        return 127;
    }
    if (at < argc && strcmp(argv[at], "neighbour") == 0) {
        neighbour();
    }
    if (at + 2 >= argc) {
        fprintf(stderr, "kernels: what to run?\n");
        return 2;
    }
    return run(argv[at], strtoul(argv[at + 1], NULL, 10) << 20, strtoul(argv[at + 2], NULL, 10) * 1000000UL);
}
