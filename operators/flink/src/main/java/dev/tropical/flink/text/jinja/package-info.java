/**
 * The part of Jinja2 that chat templates are written in, with Python's meaning of truth, text and
 * arithmetic. Templates see JSON values and nothing of Java: there is no way from a template to a
 * class. Imports nothing but the JDK; a parsed template is immutable.
 */
@NullMarked
package dev.tropical.flink.text.jinja;

import org.jspecify.annotations.NullMarked;
