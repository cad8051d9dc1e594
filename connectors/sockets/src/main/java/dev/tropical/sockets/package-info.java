/**
 * What both ends of the ZeroMQ connections between job and engines need of JeroMQ: waiting for
 * messages, limits, keys.
 */
@NullMarked
package dev.tropical.sockets;

import org.jspecify.annotations.NullMarked;
