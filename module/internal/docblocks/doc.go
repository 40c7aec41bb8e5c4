// Package docblocks reads the console blocks of the documentation, for the tests that run them as they are written. It
// is no product code.
package docblocks
