/**
 * The adviser: ranks placement policies over flush backends for one recorded program, and splits what each changes into its causes. It may import {@code
 * lab.whatif}, which simulates, and nothing imports it but reports and the command.
 */
@NullMarked
package dev.mitosis.lab.advise;

import org.jspecify.annotations.NullMarked;
