/** The inference job, from the requests topic to the completions topic. */
@NullMarked
package dev.tropical.jobs;

import org.jspecify.annotations.NullMarked;
