package dev.mitosis.halnative.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.topology.HostDetails;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundMemoryTest {
    private static final int BYTES = 1 << 20;
    private static final long MAPPED = 0x7f00_0000_1000L;
    private static final long ALIGNED = 0x7f00_0020_0000L;

    private final LinuxCalls calls = mock(LinuxCalls.class);

    @BeforeEach
    void everythingWorks() {
        when(calls.mmapPrivate(anyLong())).thenReturn(MAPPED);
        when(calls.view(anyLong(), anyInt())).thenAnswer(call -> ByteBuffer.allocateDirect(call.getArgument(1)));
        when(calls.strerror(anyInt())).thenAnswer(call -> "errno " + call.getArgument(0));
    }

    @Test
    void itIsBoundAlignedTouchedAndGivenBack() throws IOException {
        BoundMemory memory = BoundMemory.map(calls, BYTES, 70, BoundMemory.Pages.HUGE);
        verify(calls).mbind(eq(ALIGNED), eq((long) BYTES), eq(2), eq(new long[] {0, 1L << 6}), eq(129L), eq(0));
        verify(calls).madvise(ALIGNED, BYTES, 14);
        verify(calls).touch(ALIGNED, BYTES, 4096);
        assertEquals(ALIGNED, memory.va());
        memory.close();
        verify(calls).munmap(MAPPED, BYTES + (2L << 20));
    }

    /** EPERM, EAGAIN, ENOMEM, EACCES, EINVAL, ENFILE, EOVERFLOW: mmap(2), for private memory. */
    @ParameterizedTest
    @ValueSource(ints = {1, 11, 12, 13, 22, 23, 75})
    void noMemoryIsSaid(int errno) {
        when(calls.mmapPrivate(anyLong())).thenReturn((long) -errno);
        IOException refused =
                assertThrows(IOException.class, () -> BoundMemory.map(calls, BYTES, 0, BoundMemory.Pages.BASE));
        assertEquals("mmap of 1048576 bytes: errno " + errno, refused.getMessage());
        verify(calls, never()).munmap(anyLong(), anyLong());
    }

    /** EPERM of a container's filter, EINVAL of a node that is not there, ENOMEM, EFAULT, EIO. */
    @ParameterizedTest
    @ValueSource(ints = {1, 22, 12, 14, 5})
    void aNodeThatIsRefusedIsSaidAndTheMemoryGivenBack(int errno) {
        when(calls.mbind(anyLong(), anyLong(), anyInt(), any(), anyLong(), anyInt()))
                .thenReturn(-errno);
        IOException refused =
                assertThrows(IOException.class, () -> BoundMemory.map(calls, BYTES, 3, BoundMemory.Pages.BASE));
        String filter = errno == 1 ? " (containers filter it unless they have CAP_SYS_NICE)" : "";
        assertEquals("mbind to node 3: errno " + errno + filter, refused.getMessage());
        verify(calls).munmap(eq(MAPPED), anyLong());
    }

    /** A container on a host of one node may not bind, and need not. */
    @Test
    void aHostOfOneNodeIsNotAskedToBind() throws IOException {
        BitSet cpus = new BitSet();
        cpus.set(0);
        HostDetails nothing = HostDetails.none(cpus, cpus);
        HostNode only = new HostNode(4, cpus, 1 << 30, -1);
        HostNode other = new HostNode(7, new BitSet(), 1 << 30, -1);
        HostTopology one = new HostTopology(List.of(only), new int[][] {{10}}, cpus, true, nothing);
        HostTopology two =
                new HostTopology(List.of(only, other), new int[][] {{10, 20}, {20, 10}}, cpus, true, nothing);
        assertEquals(7, BoundMemory.nodeAt(two, 1));
        BoundMemory.map(calls, BYTES, BoundMemory.nodeAt(one, 0), BoundMemory.Pages.BASE)
                .close();
        verify(calls, never()).mbind(anyLong(), anyLong(), anyInt(), any(), anyLong(), anyInt());
    }

    @Test
    void aKernelWithoutPoliciesHasOneNode() throws IOException {
        when(calls.mbind(anyLong(), anyLong(), anyInt(), any(), anyLong(), anyInt()))
                .thenReturn(-38);
        when(calls.madvise(anyLong(), anyLong(), anyInt())).thenReturn(-22); // and has no huge pages
        BoundMemory.map(calls, BYTES, 0, BoundMemory.Pages.BASE).close();
        verify(calls).madvise(ALIGNED, BYTES, 15);
    }

    /** EPERM, EIO, EBADF, EAGAIN, ENOMEM, EACCES: madvise(2). */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 9, 11, 12, 13})
    void anyOtherRefusalOfAdviceIsSaid(int errno) {
        when(calls.madvise(anyLong(), anyLong(), anyInt())).thenReturn(-errno);
        assertEquals(
                "madvise: errno " + errno,
                assertThrows(IOException.class, () -> BoundMemory.map(calls, BYTES, 0, BoundMemory.Pages.HUGE))
                        .getMessage());
    }

    /** EPERM, ENOENT, ESRCH, E2BIG, EACCES, EFAULT, ENODEV, EINVAL, ENOSYS: move_pages(2). */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 13, 14, 19, 22, 38})
    void wherePagesAreIsUnknownWhereTheKernelDoesNotSay(int errno) throws IOException {
        when(calls.movePages(anyInt(), any(), any(), any(), anyInt())).thenReturn(-errno);
        assertEquals(
                List.of(),
                BoundMemory.map(calls, BYTES, 0, BoundMemory.Pages.BASE).nodesOfPages());
    }

    /** ENOENT, EIO, ENOMEM, EACCES, EFAULT, EBUSY, EINVAL of a page: move_pages(2). */
    @ParameterizedTest
    @ValueSource(ints = {2, 5, 12, 13, 14, 16, 22})
    void aPageWithoutANodeIsItsErrno(int errno) throws IOException {
        when(calls.movePages(anyInt(), any(), any(), any(), anyInt())).thenAnswer(call -> {
            Arrays.fill(call.getArgument(3, int[].class), -errno);
            return 0;
        });
        BoundMemory memory = BoundMemory.map(calls, BYTES, 0, BoundMemory.Pages.BASE);
        assertEquals(Collections.nCopies(64, -errno), memory.nodesOfPages());
    }

    @Test
    void onThisHostItIsMemory() throws IOException {
        try (BoundMemory memory = BoundMemory.map(new LibcCalls(), 4 << 20, 0, BoundMemory.Pages.BASE)) {
            assertEquals(0, memory.va() % (2 << 20));
            memory.buffer().putLong((4 << 20) - 8, 42);
            assertEquals(42, memory.buffer().getLong((4 << 20) - 8));
            assertEquals(0, memory.buffer().getLong(0));
        }
    }
}
