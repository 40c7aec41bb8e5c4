// Package journal writes structured records to the host's journal, and reads them again. What they say is the caller's.
package journal
