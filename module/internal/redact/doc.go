// Package redact finds the secrets of a step config and keeps them out of everything that is stored,
// logged or returned. What is a secret is told by the name it stands under (a variable, a flag, a
// label key) or by its place in a URL; once known, it is masked wherever it appears.
package redact
