package dev.mitosis.mm.stat;

/**
 * The kernel's event counters: {@code /proc/vmstat}.
 *
 * <p>Source: Linux {@code mm/vmstat.c}.
 */
@SuppressWarnings("EnumOrdinal") // The counters stand in the order of the names, as vmstat_text does.
public final class VmStat {
    private static final VmEvent[] EVENTS = VmEvent.values();

    private final StripedCounters counters;

    public VmStat(boolean concurrent) {
        counters = new StripedCounters(EVENTS.length, concurrent);
    }

    public void count(int cpu, VmEvent event) {
        counters.add(cpu, event.ordinal(), 1);
    }

    public void count(int cpu, VmEvent event, long times) {
        counters.add(cpu, event.ordinal(), times);
    }

    public long get(VmEvent event) {
        return counters.sum(event.ordinal());
    }

    /** The lines of {@code /proc/vmstat}: name and number. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (VmEvent event : EVENTS) {
            text.append(event.procName()).append(' ').append(get(event)).append('\n');
        }
        return text.toString();
    }
}
