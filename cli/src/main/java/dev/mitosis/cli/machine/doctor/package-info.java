/**
 * What this machine can do and cannot, and what to type to get it: {@link dev.mitosis.cli.machine.doctor.Doctor} looks, and
 * {@link dev.mitosis.cli.machine.doctor.DoctorReport} prints.
 *
 * <p>Programs and files are met through interfaces, so that tests can describe a machine.
 */
@NullMarked
package dev.mitosis.cli.machine.doctor;

import org.jspecify.annotations.NullMarked;
