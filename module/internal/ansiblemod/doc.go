// Package ansiblemod is the face that Ansible sees: it reads a module's JSON arguments, strictly where
// they are the user's and leniently where they are Ansible's own, and prints exactly one JSON object
// on the real standard output, whatever happens. What the arguments mean is package paunch's.
package ansiblemod
