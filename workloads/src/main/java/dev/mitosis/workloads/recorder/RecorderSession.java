package dev.mitosis.workloads.recorder;

import java.nio.file.Path;

/**
 * What a recorded process must know of its recording.
 *
 * @param socket where the recorder listens
 * @param shared a folder for the memory that processes share with the recorder; it is private
 * @param patienceSeconds how long the recorder may stand still before the program goes on unrecorded
 */
record RecorderSession(Path socket, Path shared, int patienceSeconds) {}
