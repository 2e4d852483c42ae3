package dev.mitosis.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultStreamTest {
    private static Optional<IOException> failureOf(ResultStream stream) {
        PrintWriter writer = new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
        writer.println("a result");
        writer.flush();
        return stream.failure();
    }

    @Test
    void aFullDiskIsRemembered() throws IOException {
        try (FileOutputStream full = new FileOutputStream("/dev/full")) {
            assertEquals(
                    Optional.of("No space left on device"),
                    failureOf(new ResultStream(full)).map(IOException::getMessage));
        }
    }

    @Test
    void whatWasWrittenIsNoFailure() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        assertTrue(failureOf(new ResultStream(all)).isEmpty());
        assertEquals("a result\n", all.toString(StandardCharsets.UTF_8));
    }
}
