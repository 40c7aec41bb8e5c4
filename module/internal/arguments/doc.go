// Package arguments has the table of the arguments of an apply: the name, type, default and documentation of each, its
// flag on the command line, and its variable in the role. The Ansible module and the command line read the table; the
// module's documentation, the role's argument specification and the role's task are written from it by this package's
// test (go test ./module/internal/arguments -update).
//
// The types and defaults are those of paunch.Request. What an argument does is left to package paunch.
package arguments
