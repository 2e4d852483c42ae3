/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * The recorder as a tool of Valgrind, linked with the libraries of the valgrind package on the user's machine. It runs the program,
 * one thread at a time, and streams its accesses and memory calls to the recorder's reader. The records are those of recorder.c;
 * entries go through shared memory.
 *
 *   instrument.c   a block of the program → the same block, which writes the addresses of its accesses
 *   fold.c         addresses → entries, with the load that each address came from
 *   ship.c         entries and records → the reader
 *   this file      threads, processes and system calls
 *
 * Order. Valgrind runs threads in turn, so a thread's entries are shipped when another begins to run, and before each call that
 * changes the address space. No lock is needed.
 */
#include "tool.h"

#include "fold.h"
#include "maps.h"
#include "mend.h"
#include "ship.h"
#include "vfork.h"
#include "../calls.h"
#include "../touches.h"

#include "libvex_guest_amd64.h"
#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_options.h"
#include "pub_tool_threadstate.h"

/* Of the core, not in its headers for tools. */
extern Bool VG_(clo_trace_children);
extern Bool ML_(safe_to_deref)(const void *start, SizeT size);

ULong buffer[BUFFER_WORDS + MAX_ACCESSES + 1];

/* A thread: what folding keeps of it, and its number in the records. */
struct thread {
    struct fold_state *fold;
    UInt number;
    Bool has_begun;
};

static struct thread *threads;
static UInt thread_room, next_number;
static ThreadId running;
static Bool has_exited;

static struct thread *thread_of(ThreadId tid)
{
    if (tid >= thread_room) {
        UInt room = 2 * tid + 64;
        threads = VG_(realloc)("mitosis.threads", threads, room * sizeof *threads);
        VG_(memset)(threads + thread_room, 0, (room - thread_room) * sizeof *threads);
        thread_room = room;
    }
    return &threads[tid];
}

/* ---- from the buffer to the reader ---- */

static Addr next_word(ThreadId tid)
{
    Addr next;
    VG_(get_shadow_regs_area)(tid, (UChar *)&next, POINTER_SHADOW, POINTER_OFFSET, sizeof next);
    return next;
}

static void set_next_word(ThreadId tid, Addr next)
{
    VG_(set_shadow_regs_area)(tid, POINTER_SHADOW, POINTER_OFFSET, sizeof next, (const UChar *)&next);
}

static void note_stores(const uint64_t *at, const uint64_t *end)
{
    while (at < end) {
        const struct block_exit *left_by = (const struct block_exit *)*at++;
        for (UInt i = 0; i < left_by->access_count; i++, at++) {
            if (left_by->accesses[i].flags & IS_STORE && *at != 0) {
                vfork_stored(*at, left_by->accesses[i].bytes);
            }
        }
    }
}

/* Folds all runs of blocks that are in the buffer. */
static void fold_until(struct thread *t, Addr next)
{
    const uint64_t *at = (const uint64_t *)buffer, *end = (const uint64_t *)next;
    if (is_vfork_child) {
        note_stores(at, end);
    }
    while (!is_detached && (at = fold_runs(t->fold, &slot, at, end)) < end) {
        ship_slot(t->number);
    }
}

void on_full_buffer(HWord next)
{
    fold_until(thread_of(VG_(get_running_tid)()), next);
}

/* Folds what a thread has written since its buffer was emptied. */
static void drain(ThreadId tid)
{
    Addr next = next_word(tid);
    if (next > BUFFER_FIRST && next <= (Addr)(buffer + sizeof buffer / sizeof buffer[0])) {
        fold_until(thread_of(tid), next);
    }
    set_next_word(tid, BUFFER_FIRST);
}

static void ship(ThreadId tid)
{
    drain(tid);
    ship_slot(thread_of(tid)->number);
}

static void on_run(ThreadId tid, ULong blocks)
{
    (void)blocks;
    if (tid != running) {
        if (running != VG_INVALID_THREADID) {
            ship(running);
        }
        set_next_word(tid, BUFFER_FIRST);
        running = tid;
    }
}

/* The kernel reads or writes a range for the thread that made the call. */
void touch(struct vcpu *unused, uint64_t va, uint64_t bytes, uint64_t flags)
{
    struct thread *t = thread_of(VG_(get_running_tid)());
    (void)unused;
    if (va == 0 || bytes == 0 || bytes > (uint64_t)1 << 40) {
        return;
    }
    if (is_vfork_child && (flags & STORE)) {
        vfork_stored(va, bytes);
    }
    if (is_detached) {
        return;
    }
    uint64_t end = va + bytes;
    while ((va = fold_touch(t->fold, &slot, va, end, flags)) < end) {
        ship_slot(t->number);
    }
}

/* ---- threads and processes ---- */

static void begin_thread(ThreadId tid)
{
    struct thread *t = thread_of(tid);
    if (t->has_begun) {
        return;
    }
    if (t->fold == NULL) {
        t->fold = VG_(malloc)("mitosis.fold", sizeof *t->fold);
    }
    fold_begin(t->fold);
    t->number = next_number++;
    t->has_begun = True;
    send_record(THREAD, t->number, NULL, 0, NULL, 0);
}

static void on_thread(ThreadId tid)
{
    begin_thread(tid);
    if (tid == 1) {
        mend_start(tid);
    }
}

static void on_thread_exit(ThreadId tid)
{
    struct thread *t = thread_of(tid);
    if (!t->has_begun || has_exited) {
        return;
    }
    if (tid == running) {
        ship(tid);
        running = VG_INVALID_THREADID;
    }
    send_record(GONE, t->number, NULL, 0, NULL, 0);
    t->has_begun = False;
}

extern Addr VG_(clstk_end);

/* The program as it is mapped before its first instruction: image, loader, stack. */
static void on_initial_mapping(Addr start, SizeT length, Bool reads, Bool writes, Bool executes, ULong unused)
{
    ULong range[3] = {start, start + length, reads | writes << 1 | executes << 2};
    const NSegment *segment = VG_(am_find_nsegment)(start);
    const HChar *name = segment ? VG_(am_get_filename)(segment) : NULL;
    (void)unused;
    if (length == 0 || range[2] == 0) {
        return;
    }
    if (start <= VG_(clstk_end) && VG_(clstk_end) <= start + length) {
        /* What grows with the program, as /proc names it. */
        name = "[stack]";
    }
    send_record(MAPPING, 0, range, sizeof range, name ? name : "", name ? VG_(strlen)(name) : 0);
}

static Int parent_pid;

static void before_fork(ThreadId tid)
{
    (void)tid;
    parent_pid = VG_(getpid)();
}

static void in_child(ThreadId tid)
{
    struct thread *t = thread_of(tid);
    forget_stream();
    vfork_in_child();
    for (UInt i = 0; i < thread_room; i++) {
        threads[i].has_begun = i == tid;
    }
    running = tid;
    set_next_word(tid, BUFFER_FIRST);
    t->number = 0;
    next_number = 1;
    if (is_detached) {
        return;
    }
    open_stream(NEW_PROCESS, parent_pid);
    send_record(THREAD, 0, NULL, 0, NULL, 0);
}

/* ---- system calls ---- */

/* Whether a call makes a process. Of clone3 only such are let through: see mend.c. */
static Bool forks(UInt number, const UWord *args)
{
    return number == SYS_fork || number == SYS_vfork || number == SYS_clone3
           || (number == SYS_clone && !(args[0] & VKI_CLONE_THREAD));
}

static Bool is_in_memory_call(UInt number)
{
    return changes_memory(number) || number == SYS_clone || number == SYS_fork || number == SYS_vfork || number == SYS_clone3;
}

static void before_exec(ThreadId tid, const HChar *path)
{
    Bool is_there = ML_(safe_to_deref)(path, 1);
    Bool is_recorded = !is_there || can_run_recorded(path);
    VG_(clo_trace_children) = is_recorded && !is_detached;
    vfork_hand_over();
    if (is_there && !is_detached) {
        send_record(is_recorded ? EXEC : UNSEEN, thread_of(tid)->number, path, VG_(strlen)(path), NULL, 0);
    }
}

static void before_call(ThreadId tid, UInt number, UWord *args, UInt count)
{
    (void)count;
    note_call(number);
    if (is_in_memory_call(number) || number == SYS_execve || number == SYS_exit_group) {
        ship(tid);
    } else {
        drain(tid);
    }
    if (forks(number, args)) {
        vfork_before(number, args);
    } else if (number == SYS_execve) {
        before_exec(tid, (const HChar *)args[0]);
    } else if (number == SYS_exit_group) {
        ULong status = args[0] & 255;
        vfork_hand_over();
        send_record(EXIT, thread_of(tid)->number, &status, sizeof status, NULL, 0);
        has_exited = True;
    } else if (number == SYS_exit) {
        vfork_hand_over();
    }
}

/* A segment of shared memory in the address space is like a shared mapping. */
static void send_attached(UInt thread, const uint64_t *args, Word result)
{
    struct vki_shmid64_ds segment;
    if (kernel(31 /* shmctl */, (Word)args[0], 2 /* IPC_STAT */, (Word)&segment, 0, 0, 0) < 0) {
        return;
    }
    ULong prot = args[2] & 010000 /* SHM_RDONLY */ ? VKI_PROT_READ : VKI_PROT_READ | VKI_PROT_WRITE;
    ULong bytes = (segment.shm_segsz + VKI_PAGE_SIZE - 1) & ~(ULong)(VKI_PAGE_SIZE - 1);
    ULong record[8] = {SYS_mmap, (ULong)result, bytes, prot, VKI_MAP_SHARED | VKI_MAP_ANONYMOUS, -1ull, 0, (ULong)result};
    send_record(CALL, thread, record, sizeof record, NULL, 0);
}

static void after_call(ThreadId tid, UInt number, UWord *args, UInt count, SysRes outcome)
{
    Word result = sr_isError(outcome) ? -(Word)sr_Err(outcome) : (Word)sr_Res(outcome);
    UInt thread = thread_of(tid)->number;
    uint64_t six[6];
    (void)count;
    for (UInt i = 0; i < 6; i++) {
        six[i] = args[i];
    }
    if (forks(number, args)) {
        if (result > 0) {
            ULong child = (ULong)result;
            send_record(FORK, thread, &child, sizeof child, NULL, 0);
            vfork_in_parent();
        }
    } else if (number == SYS_shmat) {
        if (result > 0) {
            send_attached(thread, six, result);
        }
    } else if (changes_memory(number)) {
        ULong record[8] = {number};
        VG_(memcpy)(record + 1, six, sizeof six);
        record[7] = (ULong)result;
        send_record(CALL, thread, record, sizeof record, NULL, 0);
    } else {
        if (result >= 0 && (number == SYS_open || number == SYS_openat)) {
            maps_opened((const HChar *)args[number == SYS_openat], (Int)result);
        }
        touch_results(NULL, number, six, result);
    }
}

/* ---- the tool ---- */

static Bool take_option(const HChar *argument)
{
    if (VG_STR_CLO(argument, "--socket", socket_path)) {}
    else if (VG_STR_CLO(argument, "--ring", ring_folder)) {}
    else if (VG_BINT_CLO(argument, "--patience", patience_seconds, 1, 86400)) {}
    else if (VG_STR_CLO(argument, "--argv0", first_argument)) {}
    else if (VG_STR_CLO(argument, "--executed", executed_path)) {}
    else if (VG_(strcmp)(argument, "--argv0=") == 0) {}
    else return False;
    return True;
}

static void print_usage(void)
{
    VG_(printf)("    --socket=PATH             where the recorder listens\n"
                "    --ring=FOLDER             where memory is shared with it\n"
                "    --patience=SECONDS        how long it may stand still [30]\n");
}

static void print_nothing(void)
{
}

static void begin(void)
{
    if (socket_path == NULL || ring_folder == NULL) {
        VG_(fmsg)("the recorder needs --socket and --ring\n");
        VG_(exit)(1);
    }
    open_stream(NEW_START, 0);
    VG_(atfork)(before_fork, NULL, in_child);
}

static void end(Int status)
{
    (void)status;
    /* Threads are gone: what they wrote was folded when they made their last call. */
    if (next_number > 0) {
        ship_slot(next_number - 1);
    }
}

static void set_up(void)
{
    VG_(details_name)("Mitosis");
    VG_(details_version)(NULL);
    VG_(details_description)("a recorder of memory accesses");
    VG_(details_copyright_author)("Copyright (C) the authors of Mitosis");
    VG_(details_bug_reports_to)("the project's issues");
    VG_(basic_tool_funcs)(begin, instrument, end);
    VG_(needs_command_line_options)(take_option, print_usage, print_nothing);
    VG_(needs_syscall_wrapper)(before_call, after_call);
    VG_(track_start_client_code)(on_run);
    VG_(track_new_mem_startup)(on_initial_mapping);
    VG_(track_pre_thread_first_insn)(on_thread);
    VG_(track_pre_thread_ll_exit)(on_thread_exit);
}

VG_DETERMINE_INTERFACE_VERSION(set_up)
