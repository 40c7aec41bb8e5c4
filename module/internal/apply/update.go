package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/inplace"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// UpdateRequest is a change of options of a container that runs.
type UpdateRequest struct {
	Container string
	Options   []config.Option
	Restart   string // the restart policy; "" = as it is
	// Without are options that the container is to have no more, podman's flags: what a container has that was made
	// without them. Only a way back asks for that.
	Without []string
}

// update changes options of the op's container while it runs.
func (r *opRun) update() {
	if len(r.op.Updates) == 0 || r.out.Err != nil {
		return
	}
	c := r.op.Current
	mark, err := r.noteUpdate(c.ID, map[string]string{record.LabelUpdating: record.Updating(r.op.Updates)})
	if err != nil {
		r.fail(fmt.Errorf("note that it is changed in place: %w", err), "the container was left as it is; apply again")
		return
	}
	if err := r.sendUpdate(r.updateRequest()); err != nil {
		r.restoreOptions(mark, err)
		return
	}
	if err := r.recordUpdate(c); err != nil {
		r.fail(fmt.Errorf("record that it was changed in place: %w", err), "it has the new values; apply again")
		return
	}
	if err := r.remove(mark); err != nil {
		r.fail(fmt.Errorf("remove the note of a change in place: %w", err), "the next apply removes it")
		return
	}
	r.dropNotes(replacement.IsOfUpdate)
}

// noteUpdate creates a note about a change in place and returns its id.
func (r *opRun) noteUpdate(about string, labels map[string]string) (string, error) {
	id, _, err := r.createNamed(r.noteRequest(r.unique(), about, labels))
	return id, err
}

// sendUpdate makes the call.
func (r *opRun) sendUpdate(req UpdateRequest) error {
	err := r.call(r.x.callLimit(), "update", func(ctx context.Context) error { return r.x.rt.Update(ctx, req) })
	if err == nil {
		r.noted(r.updateWords(req)...)
	}
	return err
}

// recordUpdate notes what the container was changed to.
func (r *opRun) recordUpdate(c *observed.Container) error {
	labels, err := r.x.o.Renewed(*r.op.Entry, r.recorded(), r.op.Updates)
	if err != nil {
		return err
	}
	_, err = r.noteUpdate(c.ID, labels)
	return err
}

// recorded returns the labels of the op's container with the record that its newest note has.
func (r *opRun) recorded() map[string]string {
	return map[string]string{
		record.LabelSalt: r.op.Current.Labels[record.LabelSalt], record.LabelConfig: record.Record(r.op.Before).String(),
	}
}

// restoreOptions gives a container the options back that it had before a change that was refused: Podman may have noted the new
// ones for its next start.
func (r *opRun) restoreOptions(mark string, cause error) {
	next := "it runs on as it was; fix " + keyWords(r.op.Updates) + " and apply again"
	if err := r.insist(func() error { return r.sendUpdate(r.restoreRequest()) }); err != nil {
		r.fail(errors.Join(cause, fmt.Errorf("nor could its old values be restored: %w", err)), "see podman inspect "+r.op.Current.Name+"; the next apply tries again")
		return
	}
	r.fail(cause, next)
	if err := r.remove(mark); err != nil {
		r.out.Err = errors.Join(r.out.Err, fmt.Errorf("remove the note of a change in place: %w", err))
	}
}

// keyWords names keys in a sentence.
func keyWords(keys []string) string {
	if len(keys) == 1 {
		return keys[0]
	}
	return fmt.Sprintf("%v", keys)
}

// updateRequest is the change that the plan asks for.
func (r *opRun) updateRequest() UpdateRequest {
	e := *r.op.Entry
	req := UpdateRequest{Container: r.op.Current.ID}
	for _, flag := range inplace.Sent(r.op.Updates) {
		if flag == "restart" {
			req.Restart = e.Restart
			continue
		}
		if i := slices.IndexFunc(e.Options, func(o config.Option) bool { return o.Flag == flag }); i >= 0 {
			req.Options = append(req.Options, e.Options[i])
		}
	}
	return req
}

// restoreRequest is its way back: the options as they are recorded.
func (r *opRun) restoreRequest() UpdateRequest {
	req := UpdateRequest{Container: r.op.Current.ID}
	for _, flag := range inplace.Sent(r.op.Updates) {
		values := r.op.Before[flag]
		switch {
		case flag == "restart":
			req.Restart = values[0]
		case len(values) > 0:
			req.Options = append(req.Options, config.Option{Flag: flag, Key: flag, Values: values})
		case slices.Contains(r.op.Updates, flag):
			req.Without = append(req.Without, flag)
		}
	}
	return req
}

// updateWords is the command of a request.
func (r *opRun) updateWords(req UpdateRequest) []string {
	if r.x.o.UpdateLine == nil {
		return []string{"podman", "update", shown(req.Container)}
	}
	req.Container = shown(req.Container)
	return r.x.o.UpdateLine(req)
}

// predictedNote returns the request of a note that the plan shows.
func (r *opRun) predictedNote(s replacement.Step) CreateRequest {
	labels := map[string]string{}
	switch s.Object {
	case replacement.MarkOf:
		labels[record.LabelUpdating] = record.Updating(r.op.Updates)
	case replacement.RenewedOf: // the record itself stands in no command
	default:
		labels[record.LabelHashes] = record.Hashes(*r.op.Entry)
	}
	return r.noteRequest(s.Name, r.op.Current.ID, labels)
}
