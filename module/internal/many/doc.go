// Package many has the one aggregate of errors, and the one way to print it: a line for each. Callers add what was
// being done with Within, and what kind of failure it is with Kind; errors.Is and errors.As look through all of it.
package many
