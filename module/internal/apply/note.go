package apply

import (
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// note adds to the record of a container: with the labels of a placeholder, as a container's own cannot be
// changed.
func (r *opRun) note(about string, labels map[string]string) error {
	_, _, err := r.createNamed(r.noteRequest(r.unique(), about, labels))
	return err
}

// noteRequest is the create request of a note about a container.
func (r *opRun) noteRequest(name, about string, labels map[string]string) CreateRequest {
	req := r.request(name)
	req.Placeholder = true
	for _, l := range []string{record.LabelConfig, record.LabelFormat, record.LabelSalt, record.LabelUnit} {
		delete(req.Labels, l)
	}
	req.Labels[record.LabelDone], req.Labels[record.LabelAbout] = record.DoneNote, about
	for k, v := range labels {
		req.Labels[k] = v
	}
	return req
}

// keepNotes brings the notes up to date when the op is done: they go with the container that they are about,
// and the hashes of config files are noted about one that stays.
func (r *opRun) keepNotes() {
	c := r.op.Current
	if c == nil || r.out.Err != nil {
		return
	}
	r.dropNotes(func(n observed.Container) bool {
		return r.op.Action == plan.Removed || n.Labels[record.LabelAbout] != r.out.ID
	})
	if len(r.op.Unwatched) == 0 || r.out.ID != c.ID || r.out.Err != nil {
		return
	}
	if err := r.note(c.ID, map[string]string{record.LabelHashes: record.Hashes(*r.op.Entry)}); err != nil {
		r.fail(fmt.Errorf("record the hashes of its config files: %w", err), "the container was left as it is; apply again")
		return
	}
	r.dropNotes(func(n observed.Container) bool { return n.Labels[record.LabelHashes] != "" })
}

// dropNotes removes some of the op's notes.
func (r *opRun) dropNotes(of func(observed.Container) bool) {
	for _, n := range r.op.Notes {
		if !of(n) {
			continue
		}
		if err := r.remove(n.ID); err != nil {
			r.fail(fmt.Errorf("remove the note %s: %w", n.Name, err), "the next apply removes it")
		}
	}
	r.op.Notes = slices.DeleteFunc(slices.Clone(r.op.Notes), of)
}

// stopTimedOut stops a job at its timeout and keeps it, for its output. The note comes first: killed in between,
// the job runs on and the next apply waits for it again; but an exit code that follows our stop, 0 perhaps, never
// counts. Without a note only a removal makes sure of that.
func (r *opRun) stopTimedOut(id string) error {
	noteErr := r.note(id, map[string]string{record.LabelTimedOut: "true"})
	if noteErr == nil {
		return r.stop(id)
	}
	r.out.Stdout, r.out.Stderr = r.x.tail(r.firm, id, r.out.since)
	if err := r.remove(id); err != nil {
		return fmt.Errorf("%w; nor can it be noted that it timed out: %w", err, noteErr)
	}
	if r.out.ID == id {
		r.out.ID, r.out.RealName, r.out.State = "", "", ""
	}
	return nil
}

// forgiveTimeout removes the note that a job timed out, which is still running and gets its time again: a run was
// interrupted before it stopped the job.
func (r *opRun) forgiveTimeout() error {
	timedOut := func(n observed.Container) bool { return n.Labels[record.LabelTimedOut] != "" }
	r.dropNotes(timedOut)
	return r.out.Err
}
