package dev.mitosis.workloads.trace.format;

import java.nio.charset.StandardCharsets;

/**
 * A line of text, as bytes of a buffer, with a place where reading goes on. One object serves all lines of a file.
 *
 * <p>Errors: what is asked for and not there is a {@link MalformedRecord} that quotes the line.
 */
final class TextLine {
    private static final int QUOTED_BYTES = 60;

    byte[] bytes = new byte[0];
    int start;
    int end;
    int position;

    void set(byte[] of, int from, int to) {
        bytes = of;
        start = from;
        position = from;
        // A line from Windows ends with a carriage return too.
        end = to > from && of[to - 1] == '\r' ? to - 1 : to;
    }

    int length() {
        return end - start;
    }

    boolean atEnd() {
        return position >= end;
    }

    /** The next byte, or -1. */
    int peek() {
        return position < end ? bytes[position] : -1;
    }

    void skipBlanks() {
        while (position < end && (bytes[position] == ' ' || bytes[position] == '\t')) {
            position++;
        }
    }

    void skipWord() {
        while (position < end && bytes[position] != ' ' && bytes[position] != '\t') {
            position++;
        }
    }

    /** Goes past an expected text; false, without moving, when it is not there. */
    boolean skip(String text) {
        int length = text.length();
        if (end - position < length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[position + i] != text.charAt(i)) {
                return false;
            }
        }
        position += length;
        return true;
    }

    void expect(String text) {
        if (!skip(text)) {
            throw malformed();
        }
    }

    /** Says whether the rest of the line holds a text. */
    boolean holds(String text) {
        int from = position;
        for (; position < end; position++) {
            if (skip(text)) {
                position = from;
                return true;
            }
        }
        position = from;
        return false;
    }

    /** A number of decimal digits, of at most 18; -1, without moving, when there is none here. */
    long skipDecimal() {
        long value = 0;
        int at = position;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            value = value * 10 + bytes[at++] - '0';
        }
        if (at == position || at - position > 18) {
            return -1;
        }
        position = at;
        return value;
    }

    long decimal() {
        long value = skipDecimal();
        if (value < 0) {
            throw malformed();
        }
        return value;
    }

    /** Goes past hexadecimal digits, 1 to 16 of them; false, without moving, when there are none or more. */
    boolean skipHex() {
        int at = position;
        while (at < end && digit(bytes[at]) >= 0) {
            at++;
        }
        if (at == position || at - position > 16) {
            return false;
        }
        position = at;
        return true;
    }

    /** A word of hexadecimal digits. */
    long hex() {
        int from = position;
        if (!skipHex()) {
            throw malformed();
        }
        long value = 0;
        for (int at = from; at < position; at++) {
            value = value << 4 | digit(bytes[at]);
        }
        return value;
    }

    private static int digit(byte of) {
        if (of >= '0' && of <= '9') {
            return of - '0';
        }
        int letter = of | 0x20;
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }

    MalformedRecord malformed() {
        return new MalformedRecord("'" + quoted() + "' is not understood");
    }

    /** The line as it may be shown on a terminal: its beginning, and no control characters. */
    private String quoted() {
        int length = Math.min(end - start, QUOTED_BYTES);
        StringBuilder shown = new StringBuilder();
        for (char c : new String(bytes, start, length, StandardCharsets.ISO_8859_1).toCharArray()) {
            shown.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return shown + (length < end - start ? "..." : "");
    }
}
