package paunch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/overcloud/paunch/module/internal/hostfile"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/plan"
)

// checkLogs looks at the log files of the containers that will be created or started, before anything is touched.
func (r *run) checkLogs(p plan.Plan) error {
	return r.eachLog(p, hostfile.CheckLog)
}

// makeLogs makes the directories of log files, readable by their owner only: logs may tell secrets. Where others can
// write, the files are made too.
func (r *run) makeLogs(p plan.Plan) error {
	return r.eachLog(p, func(path string) error {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("make its directory: %w", err)
		}
		return hostfile.MakeLog(path)
	})
}

// eachLog does something with each log file that is about to be opened. What runs unchanged has its own open.
func (r *run) eachLog(p plan.Plan, do func(path string) error) error {
	if !r.client.Local() {
		return nil
	}
	var all []error
	var done []string
	for _, op := range p.Ops() {
		if op.Entry == nil || !op.Action.Changes() {
			continue
		}
		for _, path := range op.Entry.LogFiles() {
			if slices.Contains(done, path) {
				continue
			}
			done = append(done, path)
			if err := do(path); err != nil {
				all = append(all, fmt.Errorf("container %q: log file %s: %w", op.Name, path, err))
			}
		}
	}
	return many.Join(all...)
}
