/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
#include "vfork.h"

#include "ship.h"
#include "../calls.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

extern Int VG_(safe_fd)(Int oldfd);

Bool is_vfork_child;
static Int from_child = -1, to_parent = -1;

/* The words written, by address, in an open hash table. */
static Addr *written;
static UInt written_count, written_room;

static void close_end(Int *end)
{
    if (*end >= 0) {
        kernel(__NR_close, *end, 0, 0, 0, 0, 0);
    }
    *end = -1;
}

void vfork_before(UInt number, const UWord *args)
{
    Int ends[2];
    Bool shares = number == SYS_vfork
                  || (number == SYS_clone && (args[0] & VKI_CLONE_VM) && (args[0] & VKI_CLONE_VFORK) && !(args[0] & VKI_CLONE_THREAD));
    if (!shares || kernel(__NR_pipe2, (Word)ends, 02000000 /* O_CLOEXEC */, 0, 0, 0, 0) < 0) {
        return;
    }
    from_child = VG_(safe_fd)(ends[0]);
    to_parent = VG_(safe_fd)(ends[1]);
}

void vfork_in_child(void)
{
    close_end(&from_child);
    is_vfork_child = to_parent >= 0;
    written_count = 0;
}

static void add(Addr word)
{
    if (2 * (written_count + 1) > written_room) {
        Addr *old = written;
        UInt old_room = written_room;
        written_room = old_room == 0 ? 1024 : 2 * old_room;
        written = VG_(calloc)("mitosis.vfork", written_room, sizeof *written);
        written_count = 0;
        for (UInt i = 0; i < old_room; i++) {
            if (old[i] != 0) {
                add(old[i]);
            }
        }
        VG_(free)(old);
    }
    UInt at = (UInt)(word >> 3) * 2654435761u % written_room;
    while (written[at] != 0 && written[at] != word) {
        at = (at + 1) % written_room;
    }
    written_count += written[at] == 0;
    written[at] = word;
}

void vfork_stored(Addr va, SizeT bytes)
{
    for (Addr word = va & ~(Addr)7; word < va + bytes; word += 8) {
        add(word);
    }
}

static Bool write_all(Int fd, const void *from, SizeT bytes)
{
    const UChar *at = from;
    while (bytes > 0) {
        Word n = kernel(__NR_write, fd, (Word)at, (Word)bytes, 0, 0, 0);
        if (n <= 0 && n != -VKI_EINTR) {
            return False;
        }
        at += n > 0 ? n : 0;
        bytes -= n > 0 ? (SizeT)n : 0;
    }
    return True;
}

static Bool read_all(Int fd, void *to, SizeT bytes)
{
    UChar *at = to;
    while (bytes > 0) {
        Word n = kernel(__NR_read, fd, (Word)at, (Word)bytes, 0, 0, 0);
        if (n <= 0 && n != -VKI_EINTR) {
            return False;
        }
        at += n > 0 ? n : 0;
        bytes -= n > 0 ? (SizeT)n : 0;
    }
    return True;
}

extern Bool VG_(am_is_valid_for_client)(Addr start, SizeT bytes, UInt prot);

void vfork_hand_over(void)
{
    for (UInt i = 0; is_vfork_child && i < written_room; i++) {
        if (written[i] != 0 && VG_(am_is_valid_for_client)(written[i], 8, VKI_PROT_READ)) {
            ULong pair[2] = {written[i], *(ULong *)written[i]};
            if (!write_all(to_parent, pair, sizeof pair)) {
                return;
            }
        }
    }
}

void vfork_in_parent(void)
{
    ULong pair[2];
    if (from_child < 0) {
        return;
    }
    close_end(&to_parent);
    while (read_all(from_child, pair, sizeof pair)) {
        if (VG_(am_is_valid_for_client)(pair[0], 8, VKI_PROT_READ | VKI_PROT_WRITE)) {
            *(ULong *)(Addr)pair[0] = pair[1];
        }
    }
    close_end(&from_child);
}
