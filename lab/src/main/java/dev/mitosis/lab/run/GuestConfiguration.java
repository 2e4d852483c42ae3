package dev.mitosis.lab.run;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the two trees of a thin guest are, or the one of a thin program without a guest, in the notation of vMitosis.
 *
 * <pre>
 *   guest:   [T|TF]{L|R}{L|R}[I][E|G|M]   guest's table, then extended table: Local or Remote
 *   native:  [T]{L|R}[I][M]               the one table
 *   T: huge pages in guest and host      TF: the guest's memory is fragmented      I: the remote node is busy
 *   E, G, M: the extended table, the guest's, or both have been moved back
 * </pre>
 *
 * <p>Source: vMitosis (ASPLOS'21) figures 1 and 3.
 *
 * @param remoteGuestTables whether the guest's table, or the only one, is remote in the end
 * @param remoteEpt whether the extended table is remote in the end
 */
public record GuestConfiguration(
        String name,
        boolean isNative,
        boolean thp,
        boolean isFragmented,
        boolean remoteGuestTables,
        boolean remoteEpt,
        boolean isBusy) {
    private static final Pattern GUEST = Pattern.compile("(T?)(F?)([LR])([LR])(I?)([EGM]?)");
    private static final Pattern NATIVE = Pattern.compile("(T?)([LR])(I?)(M?)");

    /** Reads a name; {@link IllegalArgumentException} says what names look like. */
    public static GuestConfiguration parse(String name) {
        Matcher guest = GUEST.matcher(name);
        if (guest.matches() && (guest.group(2).isEmpty() || !guest.group(1).isEmpty())) {
            String moved = guest.group(6);
            return new GuestConfiguration(
                    name,
                    false,
                    !guest.group(1).isEmpty(),
                    !guest.group(2).isEmpty(),
                    guest.group(3).equals("R") && !moved.equals("G") && !moved.equals("M"),
                    guest.group(4).equals("R") && !moved.equals("E") && !moved.equals("M"),
                    !guest.group(5).isEmpty());
        }
        Matcher alone = NATIVE.matcher(name);
        if (alone.matches()) {
            return new GuestConfiguration(
                    name,
                    true,
                    !alone.group(1).isEmpty(),
                    false,
                    alone.group(2).equals("R") && alone.group(4).isEmpty(),
                    false,
                    !alone.group(3).isEmpty());
        }
        throw new IllegalArgumentException("unknown configuration '" + name
                + "'; thin guests look like LL, RRI, TFRRIM or RRIE, thin programs without a guest like L, RI or TR");
    }

    /** Whether a name is one of these. */
    public static boolean matches(String name) {
        return NATIVE.matcher(name).matches() || GUEST.matcher(name).matches() && !name.startsWith("F");
    }

    /** The same without a guest, in the notation of {@link Configuration}; only for what has none. */
    public Configuration alone() {
        if (!isNative) {
            throw new IllegalStateException(name + " is a guest");
        }
        String busy = isBusy && remoteGuestTables ? "I" : "";
        return Configuration.parse((thp ? "T" : "") + (remoteGuestTables ? "RP" : "LP") + busy + "-LD");
    }

    /** The pages of guest and host. */
    public GuestPages pages() {
        return !thp ? GuestPages.BASE : isFragmented ? GuestPages.HOST_HUGE : GuestPages.HUGE;
    }

    /** The local placement with the same pages. */
    public GuestConfiguration local() {
        String pages = isFragmented ? "TF" : thp ? "T" : "";
        return parse(pages + (isNative ? "L" : "LL"));
    }
}
