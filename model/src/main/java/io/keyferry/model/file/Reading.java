package io.keyferry.model.file;

/**
 * One reading of a file.
 *
 * @param problems those found so far
 * @param overrides what takes the place of parts of the file
 */
record Reading(Problems problems, Overrides overrides) {}
