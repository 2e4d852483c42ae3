/**
 * This host as a board that the kernel boots on: page tables in memory that is bound to real nodes, walked by software on processors of
 * the caller's choice. What is mapped stays a number: a data frame has no memory here, as on the simulated board.
 */
@NullMarked
package dev.mitosis.halnative.board;

import org.jspecify.annotations.NullMarked;
