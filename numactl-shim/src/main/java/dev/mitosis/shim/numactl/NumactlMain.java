package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Where {@code bin/numactl} starts. */
public final class NumactlMain {
    private NumactlMain() {}

    public static void main(String[] args) {
        LinuxCalls calls = new LibcCalls();
        SystemFiles files = FolderFiles.host();
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        Console console = new Console(
                out, new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        WhatIfLauncher simulation =
                new WhatIfCommandLine(System.getProperty("mitosis.home", "."), calls, files, console);
        int exitCode = Numactl.run(args, console, simulation, calls, files);
        if (out.checkError()) {
            console.err("numactl: cannot write to standard output\n");
            exitCode = 1;
        }
        System.exit(exitCode);
    }
}
