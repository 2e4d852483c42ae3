/**
 * Figures as pictures like those of the papers: for each workload a panel, for each configuration a published and a predicted bar,
 * each stacked of walks and the rest.
 *
 * <p>{@link dev.mitosis.lab.picture.Panel} holds the numbers, {@link dev.mitosis.lab.picture.PanelChart} makes a chart of them, and
 * {@link dev.mitosis.lab.picture.FigurePicture} lays the charts out. May import {@code lab.experiments}; only the command line imports
 * this package. It needs fonts of the host, and says so where there are none.
 */
@NullMarked
package dev.mitosis.lab.picture;

import org.jspecify.annotations.NullMarked;
