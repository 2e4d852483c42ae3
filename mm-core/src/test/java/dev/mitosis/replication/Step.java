package dev.mitosis.replication;

/**
 * One step of a random script: what is done, and numbers that choose to what.
 *
 * <p>The numbers mean something at any size: each use takes them modulo what there is, so that shrinking keeps scripts valid.
 */
record Step(Kind kind, int process, int place, int length, int choice) {
    enum Kind {
        MMAP,
        MMAP_SHARED,
        MUNMAP,
        MPROTECT,
        READ,
        WRITE,
        READ_AGAIN,
        WRITE_AGAIN,
        DONTNEED,
        MREMAP,
        POPULATE,
        SWITCH,
        CLONE,
        FORK,
        EXIT,
        REPLICATE,
        REPLICATE_NEW,
        COLLAPSE,
        MOVE_TREE,
        MIGRATE_DATA
    }
}
