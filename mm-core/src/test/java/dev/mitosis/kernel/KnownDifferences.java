package dev.mitosis.kernel;

import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.vma.Vma;
import java.util.List;

/**
 * Where our kernel and the host's may differ, and why: calls that are left out of a script, and what is not compared.
 *
 * <table>
 *   <caption>The list</caption>
 *   <tr><th>kernels</th><th>what</th><th>why</th></tr>
 *   <tr><td>all</td><td>like neighbours as one line or two ({@link Seen#joined})</td>
 *       <td>Linux merges private areas only when their pages' reverse map (anon_vma) allows it</td></tr>
 *   <tr><td>6.17 on</td><td>mremap of several areas, or over a hole, without resizing</td>
 *       <td>allowed there; here one area at a time, as on all kernels before</td></tr>
 *   <tr><td>before 6.17</td><td>mremap to a fixed place that fails</td>
 *       <td>the target had been emptied before the source was looked at</td></tr>
 *   <tr><td>all</td><td>mremap of one area where ours are two, or the other way around</td>
 *       <td>follows from the first line</td></tr>
 *   <tr><td>before 5.17</td><td>mremap with MREMAP_DONTUNMAP of shared memory</td><td>was refused</td></tr>
 * </table>
 */
final class KnownDifferences {
    private final boolean checksFirst = isHostAtLeast(6, 17);

    /** Says whether a call is to be left out, seen from the state before it. */
    boolean leavesOut(Call call, OurKernel ours, Seen host) {
        if (call.what() != HostKernel.Request.MREMAP) {
            return false;
        }
        long[] a = call.arguments();
        long va = a[0] & -4096;
        long oldBytes = (a[1] + 4095) & -4096;
        long newBytes = a[2];
        boolean isFixed = (a[3] & Abi.MREMAP_FIXED) != 0;
        AreasOfRange areas = new AreasOfRange(ours.task(call.who()), host);
        boolean mayMoveHoles = isFixed && newBytes <= oldBytes && !areas.isWhole(va, Math.max(newBytes, 4096));
        boolean failsLate = isFixed && !checksFirst && !areas.isWhole(va, Math.max(oldBytes, 4096));
        return mayMoveHoles || failsLate || areas.isSeveral(va, Math.max(oldBytes, 4096));
    }

    private record AreasOfRange(Task task, Seen host) {
        boolean isWhole(long va, long length) {
            Vma area = task.mm().areas().find(va);
            return area == null || va + length <= area.endVa();
        }

        boolean isSeveral(long va, long length) {
            List<Vma> ours = task.mm().areas().overlapping(va, va + length);
            long theirs = host.lines().stream()
                    .filter(line -> line.endVa() > va && line.startVa() < va + length)
                    .count();
            return ours.size() > 1 || theirs > 1;
        }
    }

    private static boolean isHostAtLeast(int major, int minor) {
        String[] release = System.getProperty("os.version").split("\\D+", -1);
        int hostMajor = Integer.parseInt(release[0]);
        return hostMajor > major || (hostMajor == major && Integer.parseInt(release[1]) >= minor);
    }
}
