package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.libc.RawCommandLine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Becomes {@code ./mitosis whatif}, which has the heap that a simulation needs, and a command line of its own.
 *
 * @param home the folder that {@code mitosis} is in
 */
record WhatIfCommandLine(String home, LinuxCalls calls, SystemFiles files, Console console) implements WhatIfLauncher {
    @Override
    public int launch(WhatIfQuestion question, String[] args, int program) {
        String launcher = home + "/mitosis";
        List<byte[]> argv = new ArrayList<>();
        add(argv, launcher);
        add(argv, "whatif");
        for (String word : question.words()) {
            add(argv, word);
        }
        add(argv, "--");
        argv.addAll(RawCommandLine.last(List.of(args).subList(program, args.length)));
        int errno = new ProgramStart(calls, files).exec(argv);
        console.err("numactl: execution of `" + launcher + "': " + calls.strerror(errno) + "\n");
        return 1;
    }

    private static void add(List<byte[]> argv, String word) {
        argv.add(word.getBytes(StandardCharsets.UTF_8));
    }
}
