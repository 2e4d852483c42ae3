/* Programs to be recorded: what they do with memory is known, and takes long enough to be sampled. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t *data;
static uint64_t words, steps;

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

/* Updates of random words. */
static void *update(void *seed)
{
    uint64_t state = (uintptr_t)seed * 0x9E3779B97F4A7C15u + 1;
    for (uint64_t i = 0; i < steps; i++) {
        data[next(&state) % words] += i;
    }
    return NULL;
}

/* A table of 16-word rows that is probed by a hash, with scans of some rows between. */
static void *probe(void *seed)
{
    uint64_t state = (uintptr_t)seed * 0x9E3779B97F4A7C15u + 1, sum = 0, rows = words / 16;
    for (uint64_t i = 0; i < steps; i++) {
        uint64_t row = next(&state) % rows;
        for (int k = 0; k < 8; k++) {
            sum += data[row * 16 + k];
        }
        if (i % 64 == 0) {
            for (uint64_t k = 0; k < 512; k++) {
                sum += data[(row * 16 + k) % words];
            }
        }
    }
    return (void *)(uintptr_t)(sum & 1);
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: recorded update|probe MiB STEPS THREADS\n");
        return 2;
    }
    words = strtoull(arguments[2], NULL, 10) << 17;
    steps = strtoull(arguments[3], NULL, 10);
    uintptr_t threads = strtoull(arguments[4], NULL, 10);
    pthread_t others[64];
    data = malloc(words * sizeof *data);
    for (uint64_t i = 0; i < words; i += 8) {
        data[i] = i;
    }
    void *(*work)(void *) = strcmp(arguments[1], "update") == 0 ? update : probe;
    for (uintptr_t i = 1; i < threads; i++) {
        pthread_create(&others[i], NULL, work, (void *)(i + 1));
    }
    work((void *)1);
    for (uintptr_t i = 1; i < threads; i++) {
        pthread_join(others[i], NULL);
    }
    return 0;
}
