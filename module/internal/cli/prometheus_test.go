package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/paunch"
)

func TestMetricsOfAStepAreInPrometheusFormat(t *testing.T) {
	var b strings.Builder
	err := printMetrics(&b, &paunch.Result{ConfigID: "step1", Changed: true, Containers: []paunch.Container{
		{Name: "db", Action: "unchanged", State: "running", Health: "healthy"},
		{Name: `o"dd`, Action: "recreated", State: "exited", Restarts: 2},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "#") {
			got = append(got, strings.TrimSuffix(line, "\n"))
		}
	}
	want := []string{
		`paunch_step_drift{config_id="step1"} 1`,
		`paunch_container_drift{config_id="step1",container="db"} 0`,
		`paunch_container_drift{config_id="step1",container="o\"dd"} 1`,
		`paunch_container_running{config_id="step1",container="db"} 1`,
		`paunch_container_running{config_id="step1",container="o\"dd"} 0`,
		`paunch_container_healthy{config_id="step1",container="db"} 1`,
		`paunch_container_restarts{config_id="step1",container="db"} 0`,
		`paunch_container_restarts{config_id="step1",container="o\"dd"} 2`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestHistoryNamesTheUserAndTheCause(t *testing.T) {
	var b strings.Builder
	err := historyView([]paunch.Change{{
		StartedAt: "2026-01-01T00:00:00.000Z", Who: paunch.Who{User: "root", SudoUser: "ann", By: "cli"}, Outcome: "failed", Summary: "step1: 1 created",
		Containers: []paunch.ChangedItem{{Name: "db", Action: "failed", Reason: "new", Cause: "exit code 3"}},
	}}).print(&b, outputTable)
	if err != nil {
		t.Fatal(err)
	}
	ansible := paunch.Who{User: "root", By: "ansible", AnsibleTask: paunch.AnsibleTask{Task: "Apply step 4", ControllerUser: "eve", Controller: "control-1"}}
	if got := who(ansible); got != "root by ansible, eve at control-1: Apply step 4" {
		t.Error(got)
	}
	for _, want := range []string{"root (ann) by cli", "failed db", "exit code 3"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, b.String())
		}
	}
}
