package paunch

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"github.com/overcloud/paunch/module/internal/journal"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/internal/redact"
)

// Change is the record of one run that changed the host, as the journal has it. It holds no output and no values of a
// config.
type Change struct {
	StartedAt  string `json:"started_at"`
	DurationMS int64  `json:"duration_ms"`
	Who        Who    `json:"who"`
	ManagedBy  string `json:"managed_by"`
	ConfigID   string `json:"config_id,omitempty"`
	State      string `json:"state"`
	Podman     string `json:"podman,omitempty"`
	Outcome    string `json:"outcome"` // changed or failed
	Summary    string `json:"summary"`
	// Containers and Resources are those that were changed, failed or were not reached.
	Containers []ChangedItem `json:"containers,omitempty"`
	Resources  []ChangedItem `json:"resources,omitempty"`
	// Omitted is how many of them were left out, as the record would have been too large.
	Omitted int `json:"omitted,omitempty"`
}

// Who is the user that a run was made by.
type Who struct {
	UID      int    `json:"uid"`
	User     string `json:"user,omitempty"`
	SudoUser string `json:"sudo_user,omitempty"`
	// LoginUID is the user that logged in, whatever sudo and su have made of it; -1 where the kernel does not know.
	LoginUID int    `json:"login_uid"`
	By       string `json:"by,omitempty"` // the entry point: ansible or cli
	AnsibleTask
}

// AnsibleTask is what made a request by Ansible.
type AnsibleTask struct {
	Task           string `json:"task,omitempty"`            // its name, with that of its role
	Play           string `json:"play,omitempty"`            // the name of its play
	ControllerUser string `json:"controller_user,omitempty"` // who ran Ansible
	Controller     string `json:"controller,omitempty"`      // the host that Ansible ran on
}

// ChangedItem is what a run did to one container or resource.
type ChangedItem struct {
	Name        string   `json:"name"`
	Action      string   `json:"action"`
	Reason      string   `json:"reason,omitempty"`
	ChangedKeys []string `json:"changed_keys,omitempty"`
	Cause       string   `json:"cause,omitempty"`
	ExitCode    *int     `json:"exit_code,omitempty"`
	RolledBack  bool     `json:"rolled_back,omitempty"`
}

// The fields of a record in the journal.
const (
	// historyID is the MESSAGE_ID of all records.
	historyID      = "7c1d9a3e0f5b4c86a2e4d1b7f06c9835"
	fieldRecord    = "PAUNCH_RECORD"
	fieldConfigID  = "PAUNCH_CONFIG_ID"
	fieldManagedBy = "PAUNCH_MANAGED_BY"
	fieldID        = "MESSAGE_ID"
)

// mostItems bounds a record, which has to fit into one datagram.
const mostItems = 200

// record writes what a run changed to the host's journal; r.result is masked already. That it could not be written is
// a warning: the host is as it was to be.
func (r *run) record(to journal.Journal) {
	if r.req.Check || !r.result.Changed {
		return
	}
	change := r.change()
	text, err := json.Marshal(change)
	if err == nil {
		priority := journal.Notice
		if r.result.Failed {
			priority = journal.Error
		}
		err = to.Send(priority, change.Summary, map[string]string{
			fieldID: historyID, fieldRecord: string(text), fieldConfigID: r.req.ConfigID, fieldManagedBy: r.req.ManagedBy,
		}, fieldRecord)
	}
	if err != nil {
		r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("history: the record of this run could not be written: %v", err))
	}
}

// change is the record of the run.
func (r *run) change() Change {
	c := Change{
		StartedAt: r.result.StartedAt, DurationMS: r.result.DurationMS, Who: r.who(), ManagedBy: r.req.ManagedBy,
		ConfigID: r.req.ConfigID, State: r.req.State, Outcome: "changed", Summary: r.summary(),
	}
	if r.result.Podman != nil {
		c.Podman = r.result.Podman.Version
	}
	if r.result.Failed {
		c.Outcome = "failed"
		c.Summary = fmt.Sprintf("%s; failed: %s", c.Summary, strings.Join(r.result.FailedContainers, ", "))
	}
	for _, k := range r.result.Containers {
		if k.Action != string(plan.Unchanged) {
			c.Containers = append(c.Containers, ChangedItem{
				Name: k.Name, Action: k.Action, Reason: k.Reason, ChangedKeys: k.ChangedKeys, Cause: k.Cause, ExitCode: k.ExitCode, RolledBack: k.RolledBack,
			})
		}
	}
	for _, res := range r.result.Resources {
		if res.Action != string(plan.Unchanged) {
			c.Resources = append(c.Resources, ChangedItem{Name: res.Kind + " " + res.RealName, Action: res.Action, Reason: res.Reason})
		}
	}
	for _, items := range []*[]ChangedItem{&c.Containers, &c.Resources} {
		if n := len(*items) - mostItems; n > 0 {
			*items, c.Omitted = (*items)[:mostItems], c.Omitted+n
		}
	}
	return c
}

// who is the user that makes the run, and what a task of Ansible says of itself, masked.
func (r *run) who() Who {
	w := whoAmI(r.req.Caller)
	t := r.req.Task
	for _, text := range []*string{&t.Task, &t.Play, &t.ControllerUser, &t.Controller} {
		*text = printable.Text(r.masker.Text(*text))
	}
	w.AnsibleTask = t
	return w
}

func whoAmI(by string) Who {
	w := Who{UID: os.Getuid(), SudoUser: os.Getenv("SUDO_USER"), LoginUID: -1, By: by}
	if u, err := user.LookupId(strconv.Itoa(w.UID)); err == nil { // the number tells it too
		w.User = u.Username
	}
	const unset = 1<<32 - 1
	text, err := os.ReadFile("/proc/self/loginuid")
	if n, parseErr := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32); err == nil && parseErr == nil && n != unset {
		w.LoginUID = int(n)
	}
	return w
}

// HistoryRequest selects changes. The zero value of a field selects all.
type HistoryRequest struct {
	ManagedBy string
	ConfigID  string
	Most      int // at most so many, the newest
}

// History returns the changes that earlier runs made to this host, the oldest first, as far as its journal reaches back.
func History(ctx context.Context, req HistoryRequest) ([]Change, error) {
	match := map[string]string{fieldID: historyID}
	for field, value := range map[string]string{fieldManagedBy: req.ManagedBy, fieldConfigID: req.ConfigID} {
		if value != "" {
			match[field] = value
		}
	}
	texts, err := journal.Read(ctx, fieldRecord, match, req.Most)
	if err != nil {
		return nil, leaveError(redact.NewMasker(redact.NewRules(nil), redact.Known{}), err)
	}
	changes := make([]Change, 0, len(texts))
	for _, text := range texts {
		var c Change
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return nil, fmt.Errorf("a record of the journal cannot be read: %w", err)
		}
		changes = append(changes, c)
	}
	return changes, nil
}
