// Package cli is the command line of paunch: flags in, tables or JSON out, exit codes that do not lie.
// It is a thin caller of package paunch and decides nothing about containers.
package cli
