/*
 * The recorder: a QEMU user-mode plugin that streams a program's memory accesses and memory system calls to a socket.
 *
 * Each process has one connection. What goes over it is a sequence of records:
 *
 *   u32 kind | u32 thread | u64 payload bytes | payload
 *
 *   HELLO     u64 version, u64 pid, u64 parent pid, u64 why: 0 a new process, 1 a new image after exec, 2 the same as before on a
 *             new connection, because the program closed the old one
 *   MAPPING   u64 start, u64 end, u64 prot, name
 *   THREAD    (a thread begins)
 *   ACCESSES  u64 instructions, then words: | count (14) | kernel | store | virtual address (48) |
 *   CALL      u64 number, 6 x u64 argument, u64 result
 *   FORK      u64 pid of the child
 *   EXEC      path: the next connection of this pid is the new image
 *   UNSEEN    path: the new image cannot be recorded and runs natively
 *   GONE      (a thread ends)
 *   EXIT      u64 status
 *
 * Order. A thread's own records are in program order. Calls that change the address space are made one at a time, from
 * their entry to their return, and before one is made the accesses of all threads that are still in buffers are sent. So
 * the stream has each access on the right side of each call that could take its page away, and calls in the order in which
 * the kernel made them.
 *
 * Accesses of one thread that follow each other in one 64-byte line become one word with a count. None crosses a line.
 *
 * When nobody listens any more, or for too long, the program goes on unrecorded and says so; it is never held up for good.
 *
 * Files: stream.c sends, exec.c keeps executed programs recorded, calls.c knows the numbers of
 * system calls and touches.c what they read and write, this one listens to QEMU.
 */
#define _GNU_SOURCE
#include "calls.h"
#include "qemu-plugin-api.h"
#include "records.h"
#include "touches.h"

#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

EXPORT int qemu_plugin_version = 1;

#define LINE_SHIFT 6
#define COUNT_SHIFT 50
#define COUNT_ONE ((uint64_t)1 << COUNT_SHIFT)
#define COUNT_MAX ((uint64_t)16383 << COUNT_SHIFT)
#define VA_MASK (STORE - 1)
#define WORDS 8192
#define MAX_VCPUS 65536
/* QEMU keeps the program below this address, and itself above. */
#define GUEST_END 0x500000000000ull

struct vcpu {
    atomic_flag lock;
    uint32_t thread;
    uint32_t used;
    bool in_call;
    uint64_t last_line;
    uint64_t instructions;
    uint64_t args[6];
    uint64_t words[WORDS];
};

static struct vcpu *vcpus[MAX_VCPUS];
static atomic_uint vcpu_end;
static atomic_uint next_thread;
static atomic_bool has_threads;
/* Serialises calls that change the address space. The socket has a lock of its own, taken after this one. */
static pthread_mutex_t calls = PTHREAD_MUTEX_INITIALIZER;
static uint64_t why;
static bool has_begun;
static pid_t parent_pid;

/* ---- buffers ---- */

static void lock(struct vcpu *v)
{
    if (atomic_load_explicit(&has_threads, memory_order_relaxed)) {
        while (atomic_flag_test_and_set_explicit(&v->lock, memory_order_acquire)) {
            sched_yield();
        }
    }
}

static void unlock(struct vcpu *v)
{
    if (atomic_load_explicit(&has_threads, memory_order_relaxed)) {
        atomic_flag_clear_explicit(&v->lock, memory_order_release);
    }
}

/* Sends what a buffer holds; its lock is held. Only a thread itself takes its instructions along: it counts without a lock. */
static void flush(struct vcpu *v, bool is_own)
{
    uint64_t instructions = is_own ? v->instructions : 0;
    if (v->used > 0 || instructions > 0) {
        send_record(ACCESSES, v->thread, &instructions, sizeof instructions, v->words, v->used * sizeof(uint64_t));
        v->used = 0;
        v->instructions -= instructions;
    }
    v->last_line = ~(uint64_t)0;
}

static void flush_all(const struct vcpu *own)
{
    unsigned end = atomic_load(&vcpu_end);
    for (unsigned i = 0; i < end; i++) {
        struct vcpu *v = vcpus[i];
        if (v) {
            lock(v);
            flush(v, v == own);
            unlock(v);
        }
    }
}

static inline void append(struct vcpu *v, uint64_t va, uint64_t flags)
{
    uint64_t line = va >> LINE_SHIFT;
    if (line == v->last_line && v->words[v->used - 1] < COUNT_MAX) {
        v->words[v->used - 1] = (v->words[v->used - 1] + COUNT_ONE) | flags;
        return;
    }
    if (v->used == WORDS) {
        flush(v, true);
    }
    v->words[v->used++] = COUNT_ONE | flags | (va & VA_MASK);
    v->last_line = line;
}

static void on_access(unsigned index, qemu_plugin_meminfo_t info, uint64_t va, void *unused)
{
    if (is_detached()) {
        return;
    }
    struct vcpu *v = vcpus[index];
    uint64_t flags = qemu_plugin_mem_is_store(info) ? STORE : 0;
    uint64_t last = va + ((uint64_t)1 << qemu_plugin_mem_size_shift(info)) - 1;
    (void)unused;
    lock(v);
    append(v, va, flags);
    if (last >> LINE_SHIFT != va >> LINE_SHIFT) {
        append(v, last & ~(uint64_t)((1 << LINE_SHIFT) - 1), flags);
    }
    unlock(v);
}

static void on_block(unsigned index, void *instructions)
{
    if (!is_detached()) {
        vcpus[index]->instructions += (uintptr_t)instructions;
    }
}

static void begin(void);

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    (void)id;
    if (!has_begun) {
        /* The program is loaded and has not run yet. */
        has_begun = true;
        begin();
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, CB_NO_REGS, (void *)(uintptr_t)n);
    for (size_t i = 0; i < n; i++) {
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), on_access, CB_NO_REGS, MEM_RW, NULL);
    }
}

/* What the kernel reads or writes for the program: a touch of each line. */
void touch(struct vcpu *v, uint64_t va, uint64_t bytes, uint64_t flags)
{
    if (va == 0 || bytes == 0 || bytes > (uint64_t)1 << 40) {
        return;
    }
    lock(v);
    v->last_line = ~(uint64_t)0;
    for (uint64_t at = va; at < va + bytes; at = (at | ((1 << LINE_SHIFT) - 1)) + 1) {
        append(v, at, flags | KERNEL);
    }
    v->last_line = ~(uint64_t)0;
    unlock(v);
}

/* ---- threads and processes ---- */

static void on_vcpu(qemu_plugin_id_t id, unsigned index)
{
    (void)id;
    if (index >= MAX_VCPUS) {
        detach("there are too many threads");
        return;
    }
    struct vcpu *v = vcpus[index];
    if (v == NULL) {
        v = mmap(NULL, sizeof *v, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (v == MAP_FAILED) {
            detach("there is no memory for the buffer of a thread");
            return;
        }
        vcpus[index] = v;
    }
    atomic_flag_clear(&v->lock);
    v->thread = atomic_fetch_add(&next_thread, 1);
    v->used = 0;
    v->instructions = 0;
    v->last_line = ~(uint64_t)0;
    if (index >= atomic_load(&vcpu_end)) {
        atomic_store(&vcpu_end, index + 1);
    }
    if (v->thread > 0) {
        atomic_store(&has_threads, true);
        send_record(THREAD, v->thread, NULL, 0, NULL, 0);
    }
}

/* The program as QEMU mapped it before its first instruction: image, loader, stack. */
static void send_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char text[PATH_MAX + 128];
    while (maps && fgets(text, sizeof text, maps)) {
        uint64_t range[3];
        char rights[5] = "";
        int name = 0;
        if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &range[0], &range[1], rights, &name) < 3
            || range[0] >= GUEST_END || (rights[0] != 'r' && rights[1] != 'w' && rights[2] != 'x')) {
            continue;
        }
        range[2] = (rights[0] == 'r') | (rights[1] == 'w') << 1 | (rights[2] == 'x') << 2;
        size_t length = name > 0 ? strcspn(text + name, "\n") : 0;
        send_record(MAPPING, 0, range, sizeof range, text + name, length);
    }
    if (maps) {
        fclose(maps);
    }
}

static void begin(void)
{
    open_stream(why, 0);
    send_mappings();
    send_record(THREAD, 0, NULL, 0, NULL, 0);
}

static void in_child(void)
{
    /* The parent's connection and buffers are not ours. Only this thread has come over. */
    forget_stream();
    for (unsigned i = 0; i < atomic_load(&vcpu_end); i++) {
        if (vcpus[i]) {
            atomic_flag_clear(&vcpus[i]->lock);
            vcpus[i]->used = 0;
            vcpus[i]->instructions = 0;
            vcpus[i]->last_line = ~(uint64_t)0;
        }
    }
}

static void before_fork(void)
{
    parent_pid = getpid();
}

/* ---- system calls ---- */

static bool may_fork(int64_t number, const uint64_t *args)
{
    return number == SYS_fork || number == SYS_vfork || (number == SYS_clone && !(args[0] & CLONE_THREAD));
}

static void on_call(qemu_plugin_id_t id, unsigned index, int64_t guest_number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                    uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    (void)id;
    (void)a7;
    (void)a8;
    if (is_detached()) {
        return;
    }
    struct vcpu *v = vcpus[index];
    int64_t number = call_number(guest_number);
    v->args[0] = a1;
    v->args[1] = a2;
    v->args[2] = a3;
    v->args[3] = a4;
    v->args[4] = a5;
    v->args[5] = a6;
    if (changes_memory(number) || may_fork(number, v->args)) {
        pthread_mutex_lock(&calls);
        v->in_call = true;
        flush_all(v);
    } else if (number == SYS_execve) {
        flush_all(v);
        exec_recorded((const char *)a1, (char **)a2, (char **)a3);
    } else if (number == SYS_exit) {
        lock(v);
        flush(v, true);
        unlock(v);
        send_record(GONE, v->thread, NULL, 0, NULL, 0);
    } else if (number == SYS_exit_group) {
        uint64_t status = a1 & 255;
        flush_all(v);
        send_record(EXIT, v->thread, &status, sizeof status, NULL, 0);
    } else if (number == SYS_clone && (a1 & CLONE_THREAD)) {
        /* From the first thread on, buffers are locked. */
        atomic_store(&has_threads, true);
    }
}

/* A segment of shared memory in the address space is like a shared mapping. */
static void send_attached(struct vcpu *v, int64_t result)
{
    struct shmid_ds segment;
    if ((result < 0 && result > -4096) || shmctl((int)v->args[0], IPC_STAT, &segment) < 0) {
        return;
    }
    uint64_t prot = v->args[2] & SHM_RDONLY ? PROT_READ : PROT_READ | PROT_WRITE;
    uint64_t bytes = (segment.shm_segsz + 4095) & ~(uint64_t)4095;
    uint64_t record[8] = {SYS_mmap, result, bytes, prot, MAP_SHARED | MAP_ANONYMOUS, -1, 0, result};
    send_record(CALL, v->thread, record, sizeof record, NULL, 0);
}

static void on_return(qemu_plugin_id_t id, unsigned index, int64_t guest_number, int64_t result)
{
    struct vcpu *v = index < MAX_VCPUS ? vcpus[index] : NULL;
    int64_t number = call_number(guest_number);
    (void)id;
    if (v && v->in_call) {
        v->in_call = false;
        if (is_detached()) {
            /* Since the call was made. */
        } else if (number == SYS_shmat) {
            send_attached(v, result);
        } else if (changes_memory(number)) {
            uint64_t record[8];
            record[0] = number;
            memcpy(record + 1, v->args, sizeof v->args);
            record[7] = result;
            send_record(CALL, v->thread, record, sizeof record, NULL, 0);
        } else if (!has_stream()) {
            /* The child of a fork: its own connection, one thread, and the number 0 for it. */
            v->thread = 0;
            atomic_store(&next_thread, 1);
            atomic_store(&has_threads, false);
            open_stream(NEW_PROCESS, parent_pid);
            send_record(THREAD, 0, NULL, 0, NULL, 0);
        } else if (result > 0) {
            uint64_t child = result;
            send_record(FORK, v->thread, &child, sizeof child, NULL, 0);
        }
        pthread_mutex_unlock(&calls);
    } else if (!is_detached()) {
        touch_results(v, number, v->args, result);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *unused)
{
    (void)id;
    (void)unused;
    if (has_stream()) {
        flush_all(NULL);
    }
}

static bool take(const char *argument, const char *name, char *to, size_t size)
{
    if (strncmp(argument, name, strlen(name)) != 0) {
        return false;
    }
    snprintf(to, size, "%s", argument + strlen(name));
    return true;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (!take(argv[i], "socket=", socket_path, sizeof socket_path)
            && !take(argv[i], "self=", plugin_path, sizeof plugin_path)
            && !take(argv[i], "x86_64=", x86_64_path, sizeof x86_64_path)
            && !take(argv[i], "aarch64=", aarch64_path, sizeof aarch64_path)
            && !take(argv[i], "prefix=", aarch64_prefix, sizeof aarch64_prefix)) {
            if (strncmp(argv[i], "patience=", 9) == 0) {
                patience_seconds = (unsigned)strtoul(argv[i] + 9, NULL, 10);
            } else if (strcmp(argv[i], "exec=1") == 0) {
                why = NEW_IMAGE;
            }
        }
    }
    if (!choose_calls(info->target_name)) {
        fprintf(stderr, "mitosis: the recorder does not know programs for %s\n", info->target_name);
        return 1;
    }
    if (info->system_emulation || socket_path[0] == 0) {
        fprintf(stderr, "mitosis: the recorder needs user-mode QEMU and a socket\n");
        return 1;
    }
    pthread_atfork(before_fork, NULL, in_child);
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_vcpu_syscall_cb(id, on_call);
    qemu_plugin_register_vcpu_syscall_ret_cb(id, on_return);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
