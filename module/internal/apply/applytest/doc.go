// Package applytest holds what the tests of an executor need in place of Podman: Fake, a Runtime in
// memory with scripted containers, and Conformance, the suite that Fake and the real client both
// pass, so that what a fake promises is what Podman does.
package applytest
