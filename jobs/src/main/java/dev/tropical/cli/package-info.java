/** The {@code tropical} command. Owns the terminal; each command is a class. */
@NullMarked
package dev.tropical.cli;

import org.jspecify.annotations.NullMarked;
