/**
 * How long a step will take: the model that engines fit to their own steps, and that routing and
 * admission predict with. JDK and protocol only; no clock, no thread.
 */
@NullMarked
package dev.tropical.scheduling.cost;

import org.jspecify.annotations.NullMarked;
