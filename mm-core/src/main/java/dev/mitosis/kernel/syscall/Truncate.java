package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.range.FileRanges;

/**
 * ftruncate(2), as far as memory goes: sets a file's length, and takes pages beyond it from all who map them.
 *
 * <p>Source: man page ftruncate(2); Linux {@code mm/truncate.c:truncate_pagecache}.
 */
public final class Truncate {
    private Truncate() {}

    public static void call(Context context, Task task, PageCache file, long pages) {
        if (pages < 0) {
            throw Abi.invalid("the length of " + pages + " pages is negative");
        }
        if (file.isReadOnly()) {
            throw Abi.invalid(file + " was opened for reading");
        }
        FileRanges.truncate(context, task.cpu(), file, pages);
    }
}
