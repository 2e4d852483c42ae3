package dev.mitosis.lab.picture;

/** The host has no fonts, or Java cannot find them: no text can be drawn. */
public final class NoFontsException extends Exception {
    private static final long serialVersionUID = 1;

    NoFontsException(Throwable cause) {
        super("no fonts on this machine; on Debian: apt-get install fontconfig fonts-dejavu-core", cause);
    }
}
