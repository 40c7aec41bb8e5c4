// Package printable makes text of any origin fit for a terminal: names, commands, labels and log lines can hold
// escape sequences, carriage returns and characters that reorder or hide what follows them. Everything that a person
// reads passes through it: the command line's output, and the message, warnings and diff of a result. Output that
// programs read (JSON, YAML) does not; its encoders escape what they must.
package printable
