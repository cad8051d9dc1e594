/** Tables and pictures of results, simulated or measured. */
@NullMarked
package dev.tropical.report;

import org.jspecify.annotations.NullMarked;
