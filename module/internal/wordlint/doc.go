// Command wordlint checks that the project's text uses the terms of docs/glossary.md: Go comments, strings
// and identifiers, Markdown, YAML, Python, shell scripts, templates and the Makefile. The glossary's table
// "Words to avoid" is its configuration.
//
//	wordlint [DIRECTORY]
//
// It prints one line for each finding and exits with 1 if there are any. `make lint` runs it.
package main
