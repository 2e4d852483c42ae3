package dev.mitosis.shim.numactl;

/** What {@code numactl --whatif} hands a program to: the simulation instead of the kernel. */
@FunctionalInterface
interface WhatIfLauncher {
    /**
     * Records the program and answers.
     *
     * @param question what the options say
     * @param args the command line
     * @param program the index of the program in it
     * @return the exit code, where no other program took over the process
     */
    int launch(WhatIfQuestion question, String[] args, int program);
}
