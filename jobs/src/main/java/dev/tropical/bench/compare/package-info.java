/**
 * The same requests to several systems on one deployment: engines stay loaded, only the job's mode
 * and the engines' roles and batch limits change between runs. Every run's records are kept, and a
 * report is made of whatever records there are.
 */
@NullMarked
package dev.tropical.bench.compare;

import org.jspecify.annotations.NullMarked;
