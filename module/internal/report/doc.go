// Package report presents the results of a deployment, over hosts and steps, as one self-contained HTML page and
// as a table. It reads results only, as files of JSON: the playbooks keep one for each host and step. What is
// secret was masked when the results were made.
package report
