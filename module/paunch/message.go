package paunch

import (
	"fmt"
	"sort"
	"strings"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/printable"
)

// failed notes an error that is not one container's.
func (r *run) failed(err error) {
	r.result.Failed = true
	text := many.Text(err)
	if r.req.Terse {
		text = terse(err)
	}
	r.result.Msg = text
}

// terse is an error without what it says of a config: the container, the key and the line of each problem.
func terse(err error) string {
	problems := config.Problems(err)
	var lines []string
	for _, p := range problems {
		if p.Container == "" && p.Key == "" && p.File == "" {
			return many.Text(err) // it is not about the contents of a config
		}
		p.Text = "not valid"
		lines = append(lines, p.Error())
	}
	return "the config is not valid (no_log hides why):\n" + strings.Join(lines, "\n")
}

// finish masks the result, writes the message of what is left of it, what failed and why or what was done, and makes
// fit for a terminal what is shown there.
func (r *run) finish() {
	leave(r.masker, r.result)
	r.general = r.masker.Text(r.general)
	sort.Strings(r.result.Warnings)
	if n := len(r.result.Warnings); n > 0 && r.req.Terse {
		r.result.Warnings = []string{fmt.Sprintf("warnings that no_log hides: %d", n)}
	}
	switch {
	case r.result.Msg != "":
	case r.result.Failed:
		r.result.Msg = r.failureMessage()
	default:
		r.result.Msg = r.summary()
	}
	leave(r.masker, &r.result.Msg)
	r.result.escape()
}

// escape makes printable what Ansible prints as it is: the message, warnings and the diff. The other fields are data;
// the command line escapes them where it prints them.
func (r *Result) escape() {
	r.Msg = printable.Text(r.Msg)
	if len(r.Warnings) > 0 {
		r.Warnings = printable.All(r.Warnings)
	}
	if r.Diff != nil {
		r.Diff.Before, r.Diff.After = printable.Text(r.Diff.Before), printable.Text(r.Diff.After)
	}
}

func (r *run) title() string {
	if r.req.Step >= 0 {
		return fmt.Sprintf("step %d (%s)", r.req.Step, r.req.ConfigID)
	}
	if r.req.ConfigID == "" {
		return "managed_by " + r.req.ManagedBy
	}
	return r.req.ConfigID
}

// msgLines bounds the log tail that the message carries of each failed container; the container's own
// stdout and stderr have more.
const msgLines = 10

func (r *run) failureMessage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s failed", r.title())
	if r.general != "" {
		fmt.Fprintf(&b, "\n%s", r.general)
	}
	for _, c := range r.result.Containers {
		switch {
		case c.Error == "":
		case r.req.Terse:
			fmt.Fprintf(&b, "\ncontainer %q: %s", c.Name, c.Cause)
		default:
			fmt.Fprintf(&b, "\ncontainer %q: %s%s", c.Name, c.Error, tails(c))
		}
	}
	if n := r.count(plan.NotReached); n > 0 {
		fmt.Fprintf(&b, "\n%d not reached", n)
	}
	return b.String()
}

// tails are the last lines that a container printed.
func tails(c Container) string {
	var b strings.Builder
	for _, stream := range []struct{ name, text string }{{"stdout", c.Stdout}, {"stderr", c.Stderr}} {
		if stream.text != "" {
			fmt.Fprintf(&b, "\n  last lines of its %s:\n    %s", stream.name, strings.Join(lastLines(stream.text, msgLines), "\n    "))
		}
	}
	return b.String()
}

// cause is why a container failed, without its config and its output.
func cause(c Container) string {
	text := "failed, state " + c.State
	switch {
	case c.Validation == apply.ValidationFailed:
		return causeOfValidation(c)
	case c.ExitCode != nil:
		text = fmt.Sprintf("exit code %d", *c.ExitCode)
	case c.Health == "unhealthy" || c.Health == "starting":
		text = "not healthy"
	case c.RolledBack:
		text = "failed" // the state is that of the container before
	case c.State == "":
		text = "failed, no container"
	case c.State == string(observed.Created):
		text = "not started"
	}
	if c.RolledBack {
		text += "; rolled back"
	}
	return text
}

func lastLines(text string, n int) []string {
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-n):]
}

func (r *run) count(a plan.Action) int {
	n := 0
	for _, c := range r.result.Containers {
		if c.Action == string(a) {
			n++
		}
	}
	return n
}

// summary counts the actions, in a fixed order.
func (r *run) summary() string {
	var parts []string
	for _, a := range []plan.Action{plan.Created, plan.Recreated, plan.Started, plan.Restarted, plan.Repaired, plan.Updated, plan.Renamed, plan.Executed, plan.Stopped, plan.Removed, plan.Unchanged} {
		if n := r.count(a); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, a))
		}
	}
	parts = append(append(parts, r.resourceSummary()...), r.imageSummary()...)
	if len(parts) == 0 {
		parts = []string{"nothing to do"}
	}
	verb := ""
	if r.req.Check {
		verb = "would be: "
	}
	return fmt.Sprintf("%s: %s%s", r.title(), verb, strings.Join(parts, ", "))
}

// Failure returns the result of a request that could not even be made.
func Failure(err error) *Result {
	r := newResult(Request{})
	r.Failed, r.Msg = true, many.Text(err)
	leave(nil, r)
	r.escape()
	return r
}
