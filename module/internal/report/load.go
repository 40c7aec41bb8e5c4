package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/paunch"
)

// maxSize is the largest file that is read, in bytes: a result with a thousand containers and their log lines.
const maxSize = 64 << 20

// ErrNoResults means that no file with a result was found.
var ErrNoResults = errors.New("no results found")

// Run is the result of one step on one host.
type Run struct {
	paunch.Result
	// State is the state that was asked for: present, absent, pruned.
	State string `json:"state"`
	// CheckMode means that nothing was changed.
	CheckMode bool `json:"check_mode"`
	// BeganAt is when the run began by the controller's clock; hosts may disagree about the time.
	BeganAt string `json:"began_at"`

	began time.Time
}

// Host is what was found on one host after a deployment.
type Host struct {
	Name string `json:"host"`
	paunch.Details
}

// Results is what a deployment left.
type Results struct {
	Runs  []Run  // sorted by step and host
	Hosts []Host // sorted by name; those that were looked at
}

// HostNames returns the names of all hosts, sorted.
func (r Results) HostNames() []string {
	var names []string
	for _, run := range r.Runs {
		names = append(names, run.Host)
	}
	for _, host := range r.Hosts {
		names = append(names, host.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// addFile adds what one file holds.
func (r *Results) addFile(path string) error {
	f, err := loadFile(path)
	switch {
	case err != nil:
	case f.Details != nil:
		r.Hosts = append(r.Hosts, Host{f.Host, *f.Details})
	default:
		r.Runs = append(r.Runs, f.Run)
	}
	return err
}

// file is what a file of results can hold: a run, or what paunch_info found.
type file struct {
	Run
	Details *paunch.Details `json:"details"`
}

// Load reads results: files, and directories with everything below them that ends in .json. A file that holds no
// result is passed over in a directory and an error where it was named.
func Load(paths ...string) (Results, error) {
	var results Results
	var all []error
	for _, path := range paths {
		if err := results.load(path); err != nil {
			all = append(all, err)
		}
	}
	if err := many.Join(all...); err != nil {
		return Results{}, err
	}
	if len(results.Runs) == 0 {
		return Results{}, fmt.Errorf("%s: %w", strings.Join(paths, ", "), ErrNoResults)
	}
	slices.SortStableFunc(results.Runs, compareRuns)
	slices.SortStableFunc(results.Hosts, func(a, b Host) int { return strings.Compare(a.Name, b.Name) })
	return results, nil
}

// compareRuns orders by step, then by host.
func compareRuns(a, b Run) int {
	return cmp.Or(cmp.Compare(stepOf(a), stepOf(b)), strings.Compare(a.Host, b.Host))
}

// stepOf is the step of a run, -1 where it was about none.
func stepOf(r Run) int {
	if r.Step == nil {
		return -1
	}
	return *r.Step
}

// load adds a file, or all that is below a directory.
func (r *Results) load(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return r.addFile(path)
	}
	return filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(name) != ".json" {
			return err
		}
		if err := r.addFile(name); !errors.Is(err, errNoResult) {
			return err
		}
		return nil
	})
}

// errNoResult means that a file holds JSON of another kind.
var errNoResult = errors.New("not a result of paunch_step")

func loadFile(path string) (file, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return file{}, err
	case !info.Mode().IsRegular():
		return file{}, fmt.Errorf("%s: not a regular file", path)
	case info.Size() > maxSize:
		return file{}, fmt.Errorf("%s: larger than %d MiB", path, maxSize>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return file{}, fmt.Errorf("%s: %w", path, err)
	}
	if f.Containers == nil {
		return file{}, fmt.Errorf("%s: %w", path, errNoResult)
	}
	if f.Host == "" {
		f.Host = filepath.Base(filepath.Dir(path))
	}
	f.began = firstTime(f.BeganAt, f.StartedAt)
	return f, nil
}

// firstTime returns the first of some times that can be read.
func firstTime(texts ...string) time.Time {
	for _, text := range texts {
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return t
		}
	}
	return time.Time{}
}
