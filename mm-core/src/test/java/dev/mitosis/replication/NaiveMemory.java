package dev.mitosis.replication;

import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.pagecache.PageCache;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What an address space should be, the naive way: a map from pages to what is there, and what it contains. */
final class NaiveMemory {
    /** What several address spaces may map: a file, or shared memory; its contents by page. */
    static final class Shared {
        final @Nullable PageCache file;
        final Map<Long, Long> values = new HashMap<>();

        Shared(@Nullable PageCache file) {
            this.file = file;
        }

        long value(long page) {
            return values.getOrDefault(page, 0L);
        }

        boolean has(long page) {
            return file == null || page < file.pages();
        }
    }

    /** A mapped page. */
    static final class Page {
        int prot;
        final boolean isPrivate;
        final @Nullable Shared object;
        final long objectPage;
        /** Whether a private page has been written, and what it contains then. */
        boolean isOwn;

        long value;
        /** Freed lazily: it contains what it did, or zeroes. */
        boolean isLazy;
        /** Stored to, and nothing has cleaned it since. */
        boolean isDirty;

        boolean isLocked;
        boolean isDontFork;
        boolean isWipeOnFork;

        Page(int prot, boolean isPrivate, @Nullable Shared object, long objectPage) {
            this.prot = prot;
            this.isPrivate = isPrivate;
            this.object = object;
            this.objectPage = objectPage;
        }

        Page copy() {
            Page copy = new Page(prot, isPrivate, object, objectPage);
            copy.isOwn = isOwn;
            copy.value = value;
            copy.isLazy = isLazy;
            copy.isDirty = isDirty;
            copy.isLocked = isLocked;
            copy.isDontFork = isDontFork;
            copy.isWipeOnFork = isWipeOnFork;
            return copy;
        }

        long expected() {
            if (isOwn || object == null) {
                return isOwn ? value : 0;
            }
            return object.value(objectPage);
        }

        boolean mayContain(long found) {
            return found == expected() || (isLazy && found == 0);
        }

        /** The page is touched by reading. */
        void observe(long found) {
            if (isLazy && found == 0) {
                forget();
            }
        }

        void write(long written) {
            if (isPrivate) {
                isOwn = true;
                value = written;
            } else if (object != null) {
                object.values.put(objectPage, written);
            }
            isLazy = false;
            isDirty = true;
        }

        void freeLazily() {
            isLazy = true;
            isDirty = false;
        }

        /** A private page is dropped. */
        void forget() {
            isOwn = false;
            value = 0;
            isLazy = false;
            isDirty = false;
        }

        boolean allows(boolean isWrite) {
            int needed = isWrite ? Abi.PROT_WRITE : Abi.PROT_READ | Abi.PROT_WRITE;
            return (prot & needed) != 0 && (object == null || object.has(objectPage));
        }
    }

    final Map<Long, Page> pages = new TreeMap<>();

    NaiveMemory fork() {
        NaiveMemory child = new NaiveMemory();
        pages.forEach((page, state) -> {
            if (!state.isDontFork) {
                Page copy = state.copy();
                copy.isLocked = false;
                if (copy.isWipeOnFork) {
                    copy.forget();
                }
                child.pages.put(page, copy);
            }
        });
        return child;
    }
}
