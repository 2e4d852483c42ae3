/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
#include "maps.h"

#include "ship.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

/* Of the core, not in its headers for tools. */
extern Addr VG_(brk_base);
extern Addr VG_(clstk_end);
extern Bool ML_(safe_to_deref)(const void *start, SizeT size);

enum { OF_PROGRAM = SkFileC | SkAnonC | SkShmC, OF_VALGRIND = SkFileV | SkAnonV };

/* The beginnings of segments of some kinds; their number. */
static Int starts_of(UInt kinds, Addr **starts)
{
    Int room = 1024;
    for (;;) {
        *starts = VG_(malloc)("mitosis.maps", (SizeT)room * sizeof **starts);
        Int count = VG_(am_get_segment_starts)(kinds, *starts, room);
        if (count >= 0) {
            return count;
        }
        VG_(free)(*starts);
        room = -count;
    }
}

Bool maps_has_foreign(Addr start, SizeT bytes)
{
    Addr *starts;
    Bool found = False;
    Int count = starts_of(OF_VALGRIND, &starts);
    for (Int i = 0; i < count && !found; i++) {
        const NSegment *segment = VG_(am_find_nsegment)(starts[i]);
        found = segment && segment->start < start + bytes && segment->end >= start;
    }
    VG_(free)(starts);
    return found;
}

static void write_maps(Int to)
{
    Addr *starts;
    Int count = starts_of(OF_PROGRAM, &starts);
    for (Int i = 0; i < count; i++) {
        const NSegment *s = VG_(am_find_nsegment)(starts[i]);
        HChar line[VKI_PATH_MAX + 128];
        if (s == NULL) {
            continue;
        }
        const HChar *name = s->kind == SkFileC ? VG_(am_get_filename)(s) : NULL;
        if (s->start <= VG_(clstk_end) && VG_(clstk_end) <= s->end) {
            name = "[stack]";
        } else if (s->start == VG_(brk_base)) {
            name = "[heap]";
        }
        UInt n = VG_(snprintf)(line, sizeof line, "%lx-%lx %c%c%c%c %08llx %02x:%02x %llu%s%s\n", s->start, s->end + 1, s->hasR ? 'r' : '-',
                               s->hasW ? 'w' : '-', s->hasX ? 'x' : '-', s->kind == SkShmC ? 's' : 'p', (ULong)s->offset,
                               (UInt)(s->dev >> 8) & 0xFFF, (UInt)s->dev & 0xFF, s->ino, name ? "                    " : "", name ? name : "");
        kernel(__NR_write, to, (Word)line, n, 0, 0, 0);
    }
    VG_(free)(starts);
}

void maps_opened(const HChar *path, Int fd)
{
    HChar own[40];
    if (!ML_(safe_to_deref)(path, 1)) {
        return;
    }
    VG_(sprintf)(own, "/proc/%d/maps", VG_(getpid)());
    if (VG_(strcmp)(path, "/proc/self/maps") != 0 && VG_(strcmp)(path, own) != 0) {
        return;
    }
    Word file = kernel(319 /* memfd_create */, (Word) "maps", 1 /* MFD_CLOEXEC */, 0, 0, 0, 0);
    if (file < 0) {
        return;
    }
    Word flags = kernel(__NR_fcntl, fd, 1 /* F_GETFD */, 0, 0, 0, 0);
    write_maps((Int)file);
    kernel(__NR_lseek, file, 0, 0, 0, 0, 0);
    kernel(292 /* dup3 */, file, fd, flags & 1 ? 02000000 : 0, 0, 0, 0);
    kernel(__NR_close, file, 0, 0, 0, 0, 0);
}
