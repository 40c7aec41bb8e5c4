// Package redact finds the secrets of a step config and keeps them out of everything that is stored, logged or
// returned. It works in three steps. Names (names.go) and shapes (shapes.go, pairs.go, argv.go) tell which values
// of a config are secrets. What is known is looked for in every text that leaves (known.go, scan.go), also behind
// escapes and encodings (decode.go). What nobody knows is masked where its name or shape says what it is (mask.go).
package redact
