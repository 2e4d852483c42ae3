package dev.mitosis.mm.stat;

import java.util.Locale;

/**
 * What the kernel counts, by the names of {@code /proc/vmstat}.
 *
 * <p>Source: Linux {@code include/linux/vm_event_item.h}, {@code mm/vmstat.c:vmstat_text}.
 */
public enum VmEvent {
    PGFAULT,
    PGMAJFAULT,
    NUMA_HIT,
    NUMA_MISS,
    NUMA_PTE_UPDATES,
    NUMA_HINT_FAULTS,
    NUMA_HINT_FAULTS_LOCAL,
    NUMA_PAGES_MIGRATED,
    PGMIGRATE_SUCCESS,
    PGMIGRATE_FAIL,
    PGSCAN_DIRECT,
    PGSTEAL_DIRECT,
    PSWPIN,
    PSWPOUT,
    PGLAZYFREE,
    PGLAZYFREED,
    THP_FAULT_ALLOC,
    THP_FAULT_FALLBACK,
    THP_COLLAPSE_ALLOC,
    THP_COLLAPSE_ALLOC_FAILED,
    THP_SPLIT_PMD,
    THP_ZERO_PAGE_ALLOC,
    HTLB_BUDDY_ALLOC_SUCCESS,
    HTLB_BUDDY_ALLOC_FAIL,
    KSM_PAGES_MERGED,
    COW_KSM,
    COW_FAULT,
    COW_REUSE,
    NR_TLB_REMOTE_FLUSH,
    OOM_KILL;

    /** The name as {@code /proc/vmstat} prints it. */
    public String procName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
