package dev.mitosis.kvm.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixCsvTest {
    @Test
    void aTriangleIsTheWholeMatrix() {
        LatencyMatrix matrix = MatrixCsv.parse("t", "# ns\n,,\n50.5,,\n140,-,\n\n");
        assertEquals(3, matrix.size());
        assertEquals(50.5, matrix.latency(0, 1));
        assertEquals(140, matrix.latency(0, 2));
        assertFalse(matrix.isKnown(1, 2));
        assertFalse(matrix.isKnown(2, 2));
    }

    @Test
    void ofTwoDirectionsTheFasterCounts() {
        assertEquals(50, MatrixCsv.parse("t", "0,70\r\n50,0\r\n").latency(0, 1));
    }

    @Test
    void whatIsWrittenIsRead() {
        String text = ",12.500,\n12.500,,\n,,\n";
        assertEquals(text, MatrixCsv.write(MatrixCsv.parse("t", text)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,5;x,0|m.csv:2:1: 'x' is not a latency",
                "0,5;5,0,7|m.csv:2:5: field 3 in a matrix of 2 lines; it has as many columns as lines",
                "0,-5;5,0|m.csv:1:3: latency -5 is not a finite number above 0",
                "0,0;5,0|m.csv:1:3: latency 0 is not a finite number above 0",
                "0,1e999;5,0|m.csv:1:3: latency 1e999 is not a finite number above 0",
                "0,NaN;5ns,0|m.csv:2:1: '5ns' is not a latency",
                "#;|m.csv:1:1: no latencies: a matrix has a line for each processor",
            })
    void whatIsWrongIsNamedByLineAndColumn(String rows, String message) {
        IllegalArgumentException wrong =
                assertThrows(IllegalArgumentException.class, () -> MatrixCsv.parse("m.csv", rows.replace(';', '\n')));
        assertEquals(message, wrong.getMessage());
    }

    @Test
    void tooManyProcessorsAreRefusedBeforeAnythingIsRead() {
        String text = "1\n".repeat(LatencyMatrix.MOST_CPUS + 1);
        IllegalArgumentException wrong =
                assertThrows(IllegalArgumentException.class, () -> MatrixCsv.parse("m.csv", text));
        assertEquals("m.csv:2049:1: a matrix of more than 2048 processors", wrong.getMessage());
    }
}
