/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * Mended here: Valgrind's own variables in the program's environment; its name (comm); a break that can grow by 8 MiB only; execve
 * of /proc/self/exe, which would execute the tool; clone3 without shared memory; calls that Valgrind does not know and that touch
 * nothing of what it manages.
 *
 * Functions __wrap_NAME stand in for NAME of Valgrind's core, by the linker's option --wrap.
 */
#include "mend.h"

#include "maps.h"
#include "ship.h"
#include "../calls.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"
#include "pub_tool_xarray.h"

/* ---- of the core, not in its headers for tools ---- */

extern Addr VG_(brk_base);
extern Addr VG_(brk_limit);
extern Int VG_(cl_exec_fd);
extern Int VG_(cl_cmdline_fd);
extern XArray *VG_(args_for_valgrind);
extern SysRes VG_(mk_SysRes_Success)(UWord value);
extern Bool ML_(safe_to_deref)(const void *start, SizeT size);
extern Bool VG_(am_create_reservation)(Addr start, SizeT length, ShrinkMode smode, SSizeT extra);
extern SysRes VG_(am_mmap_anon_fixed_client)(Addr start, SizeT length, UInt prot);
extern Addr VG_(am_get_advisory_client_simple)(Addr start, SizeT len, Bool *ok);
extern Bool VG_(am_is_valid_for_client)(Addr start, SizeT len, UInt prot);

typedef struct { Word sysno; UWord arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8; } SyscallArgs;
typedef void (*before_function)(ThreadId tid, void *layout, SyscallArgs *args, void *status, UWord *flags);
typedef void (*after_function)(ThreadId tid, SyscallArgs *args, void *status);
typedef struct { before_function before; after_function after; } SyscallTableEntry;
extern SyscallTableEntry *__real_vgModuleLocal_get_linux_syscall_entry(UInt number);
SyscallTableEntry *__wrap_vgModuleLocal_get_linux_syscall_entry(UInt number);

/* The core's flag that another thread may run meanwhile. */
enum { MAY_BLOCK = 1 << 1 };

/* ---- debug information: nobody asks for it, and reading it takes most of a short program's time ---- */

ULong __wrap_vgPlain_di_notify_mmap(Addr start, Bool allow, Int fd);
ULong __wrap_vgPlain_di_notify_mmap(Addr start, Bool allow, Int fd)
{
    (void)start, (void)allow, (void)fd;
    return 0;
}

/* ---- the start of a program ---- */

static Bool begins_with(const HChar *text, const HChar *with)
{
    return VG_(strncmp)(text, with, VG_(strlen)(with)) == 0;
}

/* What is left of a variable of the environment without what Valgrind put there; NULL when nothing is. */
static HChar *without_valgrind(HChar *variable)
{
    static const HChar preload[] = "LD_PRELOAD=";
    if (begins_with(variable, "VALGRIND_LIB=") || begins_with(variable, "VALGRIND_LAUNCHER=")) {
        return NULL;
    }
    if (!begins_with(variable, preload)) {
        return variable;
    }
    HChar *to = variable + sizeof preload - 1, *from = to;
    while (*from) {
        HChar *end = from;
        while (*end && *end != ':') {
            end++;
        }
        HChar kept = *end;
        *end = 0;
        Bool is_ours = VG_(strstr)(from, "/vgpreload_") != NULL;
        *end = kept;
        SizeT length = end - from + (kept != 0);
        if (!is_ours) {
            VG_(memmove)(to, from, length);
            to += length;
        }
        from += length;
    }
    *to = 0;
    return to > variable + sizeof preload - 1 ? variable : NULL;
}

/* The stack holds argc, argv, 0, envp, 0, auxv, 0. What follows a removed variable moves down. Gives the longest text that is free now. */
static HChar *mend_environment(UWord *stack)
{
    UWord *at = stack + 1 + stack[0] + 1, *to = at;
    HChar *longest = NULL;
    for (; *at; at++) {
        HChar *variable = (HChar *)*at;
        SizeT length = VG_(strlen)(variable);
        HChar *left = without_valgrind(variable);
        if (left) {
            *to++ = (UWord)left;
        } else {
            VG_(memset)(variable, 'x', length);
            longest = longest == NULL || length > VG_(strlen)(longest) ? variable : longest;
        }
    }
    *to++ = 0;
    at++;
    do {
        to[0] = at[0];
        to[1] = at[1];
        to += 2;
        at += 2;
    } while (to[-2] != 0);
    return longest;
}

/* A text in the program's memory: over one that is free, or in a page of its own. */
static HChar *put_text(const HChar *text, HChar *over, HChar *spare)
{
    SizeT bytes = VG_(strlen)(text) + 1;
    Bool ok = False;
    if (VG_(strlen)(over) + 1 >= bytes) {
        return VG_(memcpy)(over, text, bytes);
    }
    if (spare && VG_(strlen)(spare) + 1 >= bytes) {
        return VG_(memcpy)(spare, text, bytes);
    }
    Addr page = VG_(am_get_advisory_client_simple)(0, VG_PGROUNDUP(bytes), &ok);
    if (!ok || sr_isError(VG_(am_mmap_anon_fixed_client)(page, VG_PGROUNDUP(bytes), VKI_PROT_READ | VKI_PROT_WRITE))) {
        return over;
    }
    return VG_(memcpy)((HChar *)page, text, bytes);
}

/* What the program reads of /proc/self/cmdline is a file of the core's. */
static void mend_command_line(const UWord *stack)
{
    Word at = 0;
    kernel(__NR_ftruncate, VG_(cl_cmdline_fd), 0, 0, 0, 0, 0);
    for (UWord i = 0; i < stack[0]; i++) {
        const HChar *argument = (const HChar *)stack[1 + i];
        Word bytes = (Word)VG_(strlen)(argument) + 1;
        kernel(__NR_pwrite64, VG_(cl_cmdline_fd), (Word)argument, bytes, at, 0, 0);
        at += bytes;
    }
}

static const HChar *last_part(const HChar *path)
{
    const HChar *slash = VG_(strrchr)(path, '/');
    return slash ? slash + 1 : path;
}

static void mend_name(const HChar *executed)
{
    HChar path[VKI_PATH_MAX], link[40];
    VG_(sprintf)(link, "/proc/self/fd/%d", VG_(cl_exec_fd));
    Word n = kernel(__NR_readlink, (Word)link, (Word)path, sizeof path - 1, 0, 0, 0);
    path[n > 0 ? n : 0] = 0;
    kernel(__NR_prctl, 15 /* PR_SET_NAME */, (Word)last_part(executed ? executed : path), 0, 0, 0, 0);
}

/* Where a position-independent program and its break usually are. */
#define USUAL_BREAK ((Addr)0x555580000000)

/* The break begins where there is room for it to grow. */
static void mend_break(void)
{
    for (SizeT size = (SizeT)64 << 30; size > (SizeT)64 << 20; size /= 2) {
        Bool ok = False;
        Addr start = VG_(am_get_advisory_client_simple)(USUAL_BREAK, size, &ok);
        if (!ok || !VG_(am_create_reservation)(start + VKI_PAGE_SIZE, size - VKI_PAGE_SIZE, SmLower, VKI_PAGE_SIZE)) {
            continue;
        }
        SysRes first = VG_(am_mmap_anon_fixed_client)(start, VKI_PAGE_SIZE, VKI_PROT_READ | VKI_PROT_WRITE | VKI_PROT_EXEC);
        if (!sr_isError(first)) {
            VG_(brk_base) = VG_(brk_limit) = start;
        }
        return;
    }
}

const HChar *first_argument, *executed_path;

void mend_start(ThreadId tid)
{
    UWord *stack = (UWord *)VG_(get_SP)(tid);
    HChar *spare = mend_environment(stack);
    if (first_argument && stack[0] > 0) {
        stack[1] = (UWord)put_text(first_argument, (HChar *)stack[1], spare);
        mend_command_line(stack);
    }
    mend_name(executed_path);
    mend_break();
}

/* ---- execve ---- */

static Bool names_own_image(const HChar *path)
{
    HChar own[40];
    VG_(sprintf)(own, "/proc/%d/exe", VG_(getpid)());
    return VG_(strcmp)(path, "/proc/self/exe") == 0 || VG_(strcmp)(path, "/proc/thread-self/exe") == 0 || VG_(strcmp)(path, own) == 0;
}

Bool can_run_recorded(const HChar *path)
{
    UChar head[64];
    Word fd = kernel(__NR_open, (Word)path, 02000000, 0, 0, 0, 0);
    if (fd < 0) {
        return True;
    }
    Word n = kernel(__NR_read, fd, (Word)head, sizeof head, 0, 0, 0);
    kernel(__NR_close, fd, 0, 0, 0, 0, 0);
    /* Only what is surely a program for another processor is left alone: of the rest execve knows best. */
    Bool is_elf = n >= 20 && VG_(memcmp)(head, "\177ELF", 4) == 0;
    return !is_elf || (head[4] == 2 && head[18] == 62 && head[19] == 0);
}

/* Sets one of our own options for the tool that will run the new image; NULL takes it away. */
static void pass_on(const HChar *option, const HChar *value)
{
    HChar *text = NULL;
    if (value) {
        text = VG_(malloc)("mitosis.option", VG_(strlen)(option) + VG_(strlen)(value) + 1);
        VG_(strcpy)(text, option);
        VG_(strcat)(text, value);
    } else {
        text = VG_(strdup)("mitosis.option", option);
    }
    for (Word i = 0; i < VG_(sizeXA)(VG_(args_for_valgrind)); i++) {
        HChar **old = VG_(indexXA)(VG_(args_for_valgrind), i);
        if (begins_with(*old, option)) {
            *old = text;
            return;
        }
    }
    VG_(addToXA)(VG_(args_for_valgrind), &text);
}

static Bool is_script(const HChar *path)
{
    HChar head[2];
    Word fd = kernel(__NR_open, (Word)path, 02000000, 0, 0, 0, 0);
    Word n = fd < 0 ? 0 : kernel(__NR_read, fd, (Word)head, 2, 0, 0, 0);
    if (fd >= 0) {
        kernel(__NR_close, fd, 0, 0, 0, 0, 0);
    }
    return n == 2 && head[0] == '#' && head[1] == '!';
}

static before_function execve_before;

/*
 * Valgrind starts the new image with its path for argv[0]: the true one goes with it as an option. And /proc/self/exe is the tool:
 * it gets the path of the program's own file.
 */
static void before_execve(ThreadId tid, void *layout, SyscallArgs *args, void *status, UWord *flags)
{
    SyscallArgs changed = *args;
    const HChar *path = (const HChar *)args->arg1;
    HChar *const *arguments = (HChar *const *)args->arg2;
    if (ML_(safe_to_deref)(path, 1)) {
        Bool has_first = !is_script(path) && ML_(safe_to_deref)(arguments, sizeof *arguments) && ML_(safe_to_deref)(arguments[0], 1);
        pass_on("--argv0=", has_first ? arguments[0] : NULL);
        pass_on("--executed=", path);
        if (names_own_image(path)) {
            static HChar real[VKI_PATH_MAX];
            HChar link[40];
            VG_(sprintf)(link, "/proc/self/fd/%d", VG_(cl_exec_fd));
            Word n = kernel(__NR_readlink, (Word)link, (Word)real, sizeof real - 1, 0, 0, 0);
            /* In the program's memory, below what its stack uses. */
            Addr at = VG_(get_SP)(tid) - 512 - (n > 0 ? n : 0);
            if (n > 0 && VG_(am_is_valid_for_client)(at, n + 1, VKI_PROT_READ | VKI_PROT_WRITE)) {
                real[n] = 0;
                VG_(memcpy)((void *)at, real, n + 1);
                changed.arg1 = at;
            }
        }
    }
    execve_before(tid, layout, &changed, status, flags);
}

/* ---- calls that Valgrind does not know ---- */

/* clone3's first argument, as far as a call without shared memory needs it. */
struct clone3_arguments { ULong flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; };

static before_function mmap_before;

/* What the core hands back when a call is done, and to the kernel when it is not. */
struct status { enum { COMPLETE = 1 } what; SysRes result; };

/*
 * Sanitizers reserve all that is not theirs, so that nobody gets it. Where Valgrind is nobody else can be: such a reservation
 * succeeds and does nothing.
 */
static void before_mmap(ThreadId tid, void *layout, SyscallArgs *args, void *status, UWord *flags)
{
    Bool is_reservation = args->arg3 == VKI_PROT_NONE && (args->arg4 & VKI_MAP_FIXED) && (args->arg4 & VKI_MAP_ANONYMOUS)
                          && args->arg2 >= (UWord)1 << 32;
    if (is_reservation && maps_has_foreign(args->arg1, args->arg2)) {
        ((struct status *)status)->what = COMPLETE;
        ((struct status *)status)->result = VG_(mk_SysRes_Success)(args->arg1);
        return;
    }
    mmap_before(tid, layout, args, status, flags);
}

static before_function clone_before, unknown_before;

static void before_clone3(ThreadId tid, void *layout, SyscallArgs *args, void *status, UWord *flags)
{
    const struct clone3_arguments *a = (const struct clone3_arguments *)args->arg1;
    Bool can = args->arg2 >= sizeof *a && VG_(am_is_valid_for_client)(args->arg1, sizeof *a, VKI_PROT_READ)
               && !(a->flags & VKI_CLONE_VM) && a->stack == 0;
    if (!can) {
        /* As on a kernel without the call: libraries then use clone. */
        unknown_before(tid, layout, args, status, flags);
        return;
    }
    /* The core checks that its own copy stays as it was. */
    SyscallArgs changed = *args;
    changed.arg1 = (UWord)(a->flags | a->exit_signal);
    changed.arg2 = 0;
    changed.arg3 = (UWord)(a->flags & VKI_CLONE_PIDFD ? a->pidfd : a->parent_tid);
    changed.arg4 = (UWord)a->child_tid;
    changed.arg5 = (UWord)a->tls;
    clone_before(tid, layout, &changed, status, flags);
}

static void before_passed_on(ThreadId tid, void *layout, SyscallArgs *args, void *status, UWord *flags)
{
    (void)tid, (void)layout, (void)args, (void)status;
    *flags |= MAY_BLOCK;
}

static Bool may_be_passed_on(UInt number)
{
    switch (number) {
    case SYS_userfaultfd: case SYS_set_mempolicy_home_node: case SYS_epoll_pwait2: case SYS_landlock_create_ruleset:
    case SYS_landlock_add_rule: case SYS_landlock_restrict_self: case SYS_pidfd_getfd: case SYS_process_madvise:
        return True;
    default:
        return False;
    }
}

SyscallTableEntry *__wrap_vgModuleLocal_get_linux_syscall_entry(UInt number)
{
    static SyscallTableEntry execve_entry, mmap_entry, clone3_entry, passed_on = {before_passed_on, NULL};
    SyscallTableEntry *entry = __real_vgModuleLocal_get_linux_syscall_entry(number);
    SyscallTableEntry *unknown = __real_vgModuleLocal_get_linux_syscall_entry(1000);
    Bool is_unknown = entry == NULL || (unknown && entry->before == unknown->before);
    if (number == SYS_execve && entry) {
        execve_before = entry->before;
        execve_entry = (SyscallTableEntry){before_execve, entry->after};
        return &execve_entry;
    }
    if (number == SYS_mmap && entry) {
        mmap_before = entry->before;
        mmap_entry = (SyscallTableEntry){before_mmap, entry->after};
        return &mmap_entry;
    }
    SyscallTableEntry *clone = __real_vgModuleLocal_get_linux_syscall_entry(SYS_clone);
    if (number == SYS_clone3 && clone && entry && entry->before) {
        clone_before = clone->before;
        unknown_before = entry->before;
        clone3_entry = (SyscallTableEntry){before_clone3, clone->after};
        return &clone3_entry;
    }
    return is_unknown && may_be_passed_on(number) ? &passed_on : entry;
}

/* Of the C library, for calls.c. */
int strcmp(const char *a, const char *b);
int strcmp(const char *a, const char *b)
{
    return VG_(strcmp)(a, b);
}
