package applytest

import (
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
)

// Behaviour is what a container, or a command that is run in one, does.
type Behaviour struct {
	// Stdout and Stderr are the lines that it prints when it starts.
	Stdout, Stderr []string
	// RunsOn lets it run until it is stopped; else it ends with ExitCode, after RunsFor or at once.
	RunsOn   bool
	RunsFor  time.Duration
	ExitCode int
	// StopCode is the exit code after a stop (143 for a process that SIGTERM ends).
	StopCode int
	// MissingExecutable makes Init and Start fail, as with a command that the image does not have.
	MissingExecutable bool
	// Health gives it a healthcheck: Passes at every run, Fails at every run.
	Health Health

	// The rest is for Fake alone.

	// CreateErr, InitErr, StartErr and StopErr fail that call.
	CreateErr, InitErr, StartErr, StopErr error
	// UpdateErr answers each change in place.
	UpdateErr func(apply.UpdateRequest) error
	// HealthyAfter lets a healthcheck that passes fail so many times before.
	HealthyAfter int
	// Restarts is what an inspection says about the restart policy's work.
	Restarts uint
	// OOMKilled is what an inspection says after the end.
	OOMKilled bool
}

// Health is what a healthcheck does.
type Health int

// The healthchecks of a Behaviour.
const (
	NoHealthcheck Health = iota
	Passes
	Fails
)

// Subject is a runtime under test, with a way to make it do things.
type Subject struct {
	Runtime apply.Runtime
	// Entry returns an entry, of a name of its own, whose containers behave so.
	Entry func(Behaviour) config.Entry
	// Command returns a command that behaves so when it is run in a container of Entry's.
	Command func(Behaviour) []string
	// Leftover makes a storage-only container with the name and returns its id; nil where that
	// cannot be done.
	Leftover func(name string) (id string)
}
