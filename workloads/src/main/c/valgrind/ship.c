/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * The ring is a file of SLOTS slots, each of entries' words and then their distances. The tool fills one, tells so with a record
 * FOLDED on the connection, and goes on with the next. The reader answers with a byte 'A' for each slot that it has emptied; so records
 * and entries have one order, and a slow reader slows the program down. A byte 'S' says that nobody wants more.
 */
#include "ship.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

#define CLOSE_ON_EXEC 02000000

enum { VERSION = 2, SLOTS = 4, RING_ENTRIES = SLOT_ENTRIES + SLOT_SLACK };
/* A word and a distance before the first may be read. The first word of all is one more than the number of the last system call. */
#define SLOT_BYTES ((RING_ENTRIES + 8) * (sizeof(uint64_t) + sizeof(uint8_t)))

/* Of the core, which its header for tools leaves out. */
extern Int VG_(safe_fd)(Int oldfd);
extern SysRes VG_(am_shared_mmap_file_float_valgrind)(SizeT length, UInt prot, Int fd, Off64T offset);
extern SysRes VG_(am_munmap_valgrind)(Addr start, SizeT length);

const HChar *socket_path;
const HChar *ring_folder;
UInt patience_seconds = 30;
Bool is_detached;
struct entries slot;

static Int stream = -1;
static UChar *ring;
static UInt current, in_flight;
/* Where entries go while nobody listens. */
static uint64_t spare_words[RING_ENTRIES + 8];
static uint8_t spare_distances[RING_ENTRIES + 8];

struct header { UInt kind, thread; ULong bytes; };
struct part { const void *base; SizeT length; };
struct message { void *name; UInt name_length; struct part *parts; SizeT count; void *control; SizeT control_length; UInt flags; };

Word kernel(Word number, Word a, Word b, Word c, Word d, Word e, Word f)
{
    register Word r10 __asm__("r10") = d;
    register Word r8 __asm__("r8") = e;
    register Word r9 __asm__("r9") = f;
    Word result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static void use_slot(UInt index)
{
    current = index;
    slot.words = (ring ? (uint64_t *)(ring + index * SLOT_BYTES) : spare_words) + 8;
    slot.distances = ring ? (uint8_t *)(slot.words + RING_ENTRIES) + 8 : spare_distances + 8;
    slot.used = 0;
    slot.last_line = ~(uint64_t)0;
}

static void empty_slot(void)
{
    slot.used = 0;
    slot.last_line = ~(uint64_t)0;
    slot.instructions = slot.branches = slot.multiplies = slot.divides = slot.floating_points = 0;
}

/* ---- the connection ---- */

/* Takes what the reader has answered; with wait, until there is something. False when nobody listens any more. */
static Bool take_answers(Bool wait)
{
    UChar answers[64];
    UInt waited = 0;
    for (;;) {
        Word n = kernel(__NR_recvfrom, stream, (Word)answers, sizeof answers, wait ? 0 : 0x40 /* MSG_DONTWAIT */, 0, 0);
        if (n == -VKI_EINTR) {
            continue;
        }
        if (n == -VKI_EAGAIN) {
            if (!wait) {
                return True;
            }
            if (++waited < patience_seconds) {
                continue;
            }
            detach("the recorder does not read any more");
            return False;
        }
        if (n <= 0) {
            detach("the recorder is gone");
            return False;
        }
        for (Word i = 0; i < n; i++) {
            if (answers[i] == 'S') {
                detach(NULL);
                return False;
            }
            in_flight -= in_flight > 0;
        }
        return True;
    }
}

void detach(const HChar *what)
{
    if (is_detached) {
        return;
    }
    is_detached = True;
    if (what) {
        HChar line[200];
        UInt length = VG_(sprintf)(line, "mitosis: %s: process %d goes on unrecorded\n", what, VG_(getpid)());
        kernel(__NR_write, 2, (Word)line, length, 0, 0, 0);
    }
    if (stream >= 0) {
        kernel(__NR_close, stream, 0, 0, 0, 0, 0);
    }
    stream = -1;
    empty_slot();
}

static void send_all(struct part *parts, SizeT count)
{
    UInt waited = 0;
    while (count > 0 && !is_detached) {
        struct message m = {NULL, 0, parts, count, NULL, 0, 0};
        Word sent = kernel(__NR_sendmsg, stream, (Word)&m, 0x4000 /* MSG_NOSIGNAL */, 0, 0, 0);
        if (sent == -VKI_EINTR) {
            continue;
        }
        if (sent < 0) {
            if (sent == -VKI_EAGAIN && ++waited < patience_seconds) {
                continue;
            }
            Bool was_released = sent != -VKI_EAGAIN && !take_answers(False);
            detach(was_released ? NULL : sent == -VKI_EAGAIN ? "the recorder does not read any more" : "the recorder is gone");
            return;
        }
        waited = 0;
        while (count > 0 && (SizeT)sent >= parts->length) {
            sent -= (Word)parts->length;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->base = (const UChar *)parts->base + sent;
            parts->length -= (SizeT)sent;
        }
    }
}

void send_record(UInt kind, UInt thread, const void *head, SizeT head_bytes, const void *tail, SizeT tail_bytes)
{
    struct header header = {kind, thread, head_bytes + tail_bytes};
    struct part parts[3] = {{&header, sizeof header}, {head, head_bytes}, {tail, tail_bytes}};
    send_all(parts, 3);
}

/* ---- the ring ---- */

/* Makes the file that the reader maps too and then removes; its name in path. */
static Bool make_ring(HChar *path, SizeT size)
{
    static UInt made;
    VG_(snprintf)(path, (Int)size, "%s/ring-%d-%u", ring_folder, VG_(getpid)(), made++);
    Word fd = kernel(__NR_open, (Word)path, VKI_O_RDWR | VKI_O_CREAT | VKI_O_EXCL | CLOSE_ON_EXEC, 0600, 0, 0, 0);
    if (fd < 0) {
        return False;
    }
    Word failed = kernel(__NR_ftruncate, fd, SLOTS * SLOT_BYTES, 0, 0, 0, 0);
    SysRes mapped = VG_(am_shared_mmap_file_float_valgrind)(SLOTS * SLOT_BYTES, VKI_PROT_READ | VKI_PROT_WRITE, (Int)fd, 0);
    kernel(__NR_close, fd, 0, 0, 0, 0, 0);
    if (failed != 0 || sr_isError(mapped)) {
        kernel(__NR_unlink, (Word)path, 0, 0, 0, 0, 0);
        return False;
    }
    ring = (UChar *)sr_Res(mapped);
    return True;
}

void open_stream(ULong why, Int parent)
{
    struct { UShort family; HChar path[108]; } address = {1 /* AF_UNIX */, ""};
    struct { Word seconds, microseconds; } patience = {patience_seconds, 0}, second = {1, 0};
    HChar path[VKI_PATH_MAX];
    in_flight = 0;
    use_slot(0);
    empty_slot();
    if (is_detached) {
        return;
    }
    VG_(strncpy)(address.path, socket_path, sizeof address.path - 1);
    Word fd = kernel(__NR_socket, 1, 1 /* SOCK_STREAM */ | CLOSE_ON_EXEC, 0, 0, 0, 0);
    if (fd >= 0) {
        kernel(__NR_setsockopt, fd, 1, 21 /* SO_SNDTIMEO */, (Word)&patience, sizeof patience, 0);
    }
    if (fd < 0 || kernel(__NR_connect, fd, (Word)&address, sizeof address, 0, 0, 0) < 0) {
        if (fd >= 0) {
            kernel(__NR_close, fd, 0, 0, 0, 0, 0);
        }
        detach("the recorder cannot be reached");
        return;
    }
    kernel(__NR_setsockopt, fd, 1, 21, (Word)&second, sizeof second, 0);
    kernel(__NR_setsockopt, fd, 1, 20 /* SO_RCVTIMEO */, (Word)&second, sizeof second, 0);
    /* Out of the program's reach. */
    stream = VG_(safe_fd)((Int)fd);
    if (!make_ring(path, sizeof path)) {
        detach("there is no memory to share with the recorder");
        return;
    }
    use_slot(0);
    /* Of a slot: its bytes, where words begin, where distances begin. */
    ULong hello[8] = {VERSION, (ULong)VG_(getpid)(), (ULong)parent, why, SLOTS, SLOT_BYTES, 8 * sizeof(uint64_t),
                      (RING_ENTRIES + 8) * sizeof(uint64_t) + 8 * sizeof(uint8_t)};
    send_record(HELLO, 0, hello, sizeof hello, path, VG_(strlen)(path));
}

void note_call(UInt number)
{
    if (ring) {
        *(volatile uint64_t *)ring = (uint64_t)number + 1;
    }
}

void forget_stream(void)
{
    if (stream >= 0) {
        kernel(__NR_close, stream, 0, 0, 0, 0, 0);
    }
    stream = -1;
    if (ring) {
        VG_(am_munmap_valgrind)((Addr)ring, SLOTS * SLOT_BYTES);
    }
    ring = NULL;
}

void ship_slot(UInt thread)
{
    if (is_detached) {
        empty_slot();
        return;
    }
    if (slot.used == 0 && slot.instructions == 0) {
        return;
    }
    ULong record[] = {current,         slot.used,          slot.instructions, slot.multiplies,
                      slot.divides, slot.floating_points, slot.branches};
    send_record(FOLDED, thread, record, sizeof record, NULL, 0);
    in_flight++;
    while (!is_detached && in_flight == SLOTS) {
        take_answers(True);
    }
    use_slot(is_detached ? 0 : (current + 1) % SLOTS);
    empty_slot();
}
