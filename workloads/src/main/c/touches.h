/* What the kernel reads and writes for a program, which no callback of QEMU shows. */
#ifndef TOUCHES_H
#define TOUCHES_H
#include <stdint.h>

#define STORE ((uint64_t)1 << 48)
#define KERNEL ((uint64_t)1 << 49)

struct vcpu;

/* A touch of each line of a range, by the kernel. */
void touch(struct vcpu *v, uint64_t va, uint64_t bytes, uint64_t flags);

/* Touches what a system call has read or written, by its number on x86-64, its arguments and its result. */
void touch_results(struct vcpu *v, int64_t number, const uint64_t *a, int64_t result);

#endif
