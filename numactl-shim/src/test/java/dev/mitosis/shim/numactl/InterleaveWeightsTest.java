package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halnative.files.FolderFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterleaveWeightsTest {
    @ParameterizedTest
    @CsvSource({
        "2.0.16,false",
        "2.0.19,false",
        "2.0.20,true",
        "2.1,true",
        "3.0.0,true",
        "2.0,false",
        "'',false",
        "x,false"
    })
    void newerVersionsThan2019PrintThem(String version, boolean isNewer) {
        assertEquals(isNewer, InterleaveWeights.isNewer(version + "\n"));
    }

    @Test
    void eachNodesWeightIsPrintedAndOneWhereTheKernelIsSilent(@TempDir Path root) throws IOException {
        Path folder = Files.createDirectories(root.resolve("sys/kernel/mm/mempolicy/weighted_interleave"));
        Files.writeString(folder.resolve("node1"), "3\n");
        BitSet nodes = new BitSet();
        nodes.set(0, 2);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        Console console = new Console(stream, stream);
        new InterleaveWeights(new FolderFiles(root)).print(console, nodes);
        console.flush();
        assertEquals("interleaveweights: 1 3 \n", out.toString(StandardCharsets.UTF_8));
    }
}
