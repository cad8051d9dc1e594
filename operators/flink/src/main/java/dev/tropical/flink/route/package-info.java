/**
 * Route: decides for each admitted request, and each that lost its engine, which engine gets it and
 * when. {@link dev.tropical.flink.route.RouteCell} is one cell's queue, view and policy, plain Java
 * with the clock passed in; {@link dev.tropical.flink.route.RouteOperator} ties the cells to Flink.
 * The task thread owns everything.
 */
@NullMarked
package dev.tropical.flink.route;

import org.jspecify.annotations.NullMarked;
