// Package interrupt tells the two ends of a run apart: an interruption, after which the run completes or
// rolls back what it has begun, and an abort, after which it waits for nothing more.
package interrupt
