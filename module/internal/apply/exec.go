package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// exec runs an exec entry's command in its target and records that it was done. The old record goes
// first: killed in between, the command runs again, which is what an unrecorded one must do.
func (r *opRun) exec() {
	target, image, err := r.target()
	if err != nil {
		r.fail(err, "apply the step that its target belongs to first")
		return
	}
	if c := r.op.Current; c != nil && c.Labels[record.LabelDone] != "" && !r.removeOld() {
		return
	}
	code, err := r.execIn(target)
	for try := 1; err == nil && r.retry(try, code); try++ {
		code, err = r.execIn(target)
	}
	if err != nil {
		r.fail(err, "the next apply runs it again")
		return
	}
	r.out.ExitCode = &code
	if !plan.Accepted(r.op.Entry.ExitCodes, code) {
		r.fail(fmt.Errorf("its command ended with exit code %d in %s; accepted are %v", code, r.op.Entry.ExecTarget, r.op.Entry.ExitCodes),
			"fix the cause and apply again: it will run again")
		return
	}
	if r.op.Current != nil && r.out.ID != "" && !r.removeOld() {
		return
	}
	if err := r.placeholder(image, record.DoneExec, map[string]string{record.LabelExecTarget: target}); err != nil {
		r.fail(err, "it ran well and will run again at the next apply")
	}
}

// removeOld removes what has the name of an exec's record: the record of an earlier run, or a container of another kind,
// which runs on until the exec has succeeded. It reports whether it could.
func (r *opRun) removeOld() bool {
	c := r.op.Current
	if r.dropOldUnits(); r.out.Err != nil {
		return false
	}
	if err := r.remove(c.ID); err != nil {
		r.fail(err, "remove it by hand: podman rm --force "+c.Name)
		return false
	}
	r.isNow("", "")
	r.out.State = ""
	return true
}

// target returns the container to run in, and the image to make the record from.
func (r *opRun) target() (id, image string, err error) {
	if t := r.op.Target; t != nil {
		return t.ID, t.ImageID, nil
	}
	r.x.mu.Lock()
	id = r.x.now[r.op.Entry.ExecTarget]
	r.x.mu.Unlock()
	if id == "" {
		return "", "", fmt.Errorf("its exec target %q did not come up", r.op.Entry.ExecTarget)
	}
	d, err := r.inspect(id)
	if err != nil {
		return "", "", err
	}
	return id, d.ImageID, nil
}

// words are the podman command that represents the request, with a target as it is shown.
func (q ExecRequest) words(target string) []string {
	words := []string{"exec"}
	if q.User != "" {
		words = append(words, "--user", q.User)
	}
	if q.Workdir != "" {
		words = append(words, "--workdir", q.Workdir)
	}
	if q.Privileged {
		words = append(words, "--privileged")
	}
	for _, kv := range q.Env {
		words = append(words, "--env", kv)
	}
	return append(append(words, target), q.Command...)
}

// execRequest is the entry's command.
func (r *opRun) execRequest() ExecRequest {
	e := r.op.Entry
	labels := r.x.o.Labels(*e)
	return ExecRequest{
		Command: e.Command, Env: e.ExecEnv, User: e.ExecUser, Privileged: e.ExecPrivileged, Workdir: e.ExecWorkdir,
		Mark: strings.Join([]string{labels[record.LabelManagedBy], labels[record.LabelConfigID], e.Name}, " "),
	}
}

// execIn runs the command within the entry's timeout. It never runs beside what an earlier run left
// running: that is waited for, and counts where it is the same command.
func (r *opRun) execIn(target string) (int, error) {
	limit := r.timeout()
	ctx, cancel := context.WithTimeout(r.ctx, limit)
	defer cancel()
	defer r.phase("exec")()
	req := r.execRequest()
	code, counts, err := r.awaitEarlier(ctx, target, req)
	if err == nil && !counts {
		var stdout, stderr Tail
		var last lastLine
		r.did(req.words(shown(target))...)
		end := r.waitsFor(fmt.Sprintf("its command in %s, at most %s", r.op.Entry.ExecTarget, limit), func(context.Context) string { return last.String() })
		code, err = r.x.rt.Exec(ctx, target, req, io.MultiWriter(&stdout, last.stream()), io.MultiWriter(&stderr, last.stream()))
		end()
		r.out.Stdout, r.out.Stderr = stdout.Lines(r.x.o.LogLines), stderr.Lines(r.x.o.LogLines)
	}
	switch {
	case err == nil:
		return code, nil
	case r.ctx.Err() != nil:
		return 0, errors.New("the run was interrupted while its command was running: it runs on, and the next apply waits for it")
	case ctx.Err() != nil:
		return 0, fmt.Errorf("its command did not end within %s and was killed%s", limit, r.endExec(target, req.Mark))
	}
	return 0, fmt.Errorf("exec in %s: %w", r.op.Entry.ExecTarget, err)
}

// awaitEarlier waits for the end of a command of this entry that an earlier run left running. It counts as
// this run's where it is the same.
func (r *opRun) awaitEarlier(ctx context.Context, target string, req ExecRequest) (code int, counts bool, err error) {
	session, err := r.x.rt.FindExec(ctx, target, req.Mark)
	if err != nil || session.ID == "" {
		return 0, false, err
	}
	r.waits("the end of its command that an earlier run left running in "+r.op.Entry.ExecTarget, "")
	code, err = r.x.rt.AwaitExec(ctx, target, session.ID)
	switch same := slices.Equal(session.Command, req.Command); {
	case ctx.Err() != nil:
		return 0, false, err
	case err != nil || !same: // how it ended is unknown, or does not matter
		return 0, false, nil
	}
	r.out.Changed = true
	r.out.Reason += "; an earlier run had left it running: waited for its end, its output is not kept"
	return code, true, nil
}

// endExec ends the entry's command in the target, and returns what to add to a message that says so.
func (r *opRun) endExec(target, mark string) string {
	err := r.call(0, "end", func(ctx context.Context) error {
		session, err := r.x.rt.FindExec(ctx, target, mark)
		if err != nil || session.ID == "" {
			return err
		}
		return r.x.rt.EndExec(ctx, session.ID)
	})
	if err != nil {
		return fmt.Sprintf(", but it may run on (%v); the next apply waits for it", err)
	}
	return ""
}
