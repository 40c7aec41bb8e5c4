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

// Load reads results: files, and directories with everything below them that ends in .json. A file that holds no
// result is passed over in a directory and an error where it was named.
func Load(paths ...string) ([]Run, error) {
	var runs []Run
	var all []error
	for _, path := range paths {
		found, err := loadPath(path)
		runs = append(runs, found...)
		if err != nil {
			all = append(all, err)
		}
	}
	if err := many.Join(all...); err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("%s: %w", strings.Join(paths, ", "), ErrNoResults)
	}
	slices.SortStableFunc(runs, compareRuns)
	return runs, nil
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

func loadPath(path string) ([]Run, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		run, err := loadFile(path)
		return []Run{run}, err
	}
	var runs []Run
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(file) != ".json" {
			return err
		}
		run, err := loadFile(file)
		if errors.Is(err, errNoResult) {
			return nil
		}
		runs = append(runs, run)
		return err
	})
	return runs, err
}

// errNoResult means that a file holds JSON of another kind.
var errNoResult = errors.New("not a result of paunch_step")

func loadFile(path string) (Run, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return Run{}, err
	case !info.Mode().IsRegular():
		return Run{}, fmt.Errorf("%s: not a regular file", path)
	case info.Size() > maxSize:
		return Run{}, fmt.Errorf("%s: larger than %d MiB", path, maxSize>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Run{}, err
	}
	run := Run{}
	if err := json.Unmarshal(text, &run); err != nil {
		return Run{}, fmt.Errorf("%s: %w", path, err)
	}
	if run.Containers == nil {
		return Run{}, fmt.Errorf("%s: %w", path, errNoResult)
	}
	if run.Host == "" {
		run.Host = filepath.Base(filepath.Dir(path))
	}
	run.began = firstTime(run.BeganAt, run.StartedAt)
	return run, nil
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
