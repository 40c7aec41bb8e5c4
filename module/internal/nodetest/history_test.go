//go:build realnode

package nodetest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// TestTheJournalOfTheHostHasWhoChangedWhat applies as the action plugin does, and by the library, and reads the host's
// journal.
func TestTheJournalOfTheHostHasWhoChangedWhat(t *testing.T) {
	s := newStep(t, "u8")
	args, err := json.Marshal(config{
		"config_id": "u8", "settle": 0.3, "config": config{"u8-web": service()},
		"_ansible_paunch_caller": config{"task": "paunch_step : Apply step 4", "play": "Deploy", "controller_user": "ann", "controller": "control-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "args")
	if err := os.WriteFile(file, args, 0o600); err != nil {
		t.Fatal(err)
	}
	sh(t, os.Getenv("PAUNCH_BINARY")+" "+file)
	s.unchanged(config{"u8-web": service()})
	if _, err := s.apply(config{"u8-web": service("command", "false")}); err == nil {
		t.Error("a program that ends at once was taken for a service")
	}
	sh(t, "journalctl --sync")

	changes, err := paunch.History(context.Background(), paunch.HistoryRequest{ConfigID: "u8", Most: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, fmt.Sprintf("%s %s %s, %s of %s at %s: %s %s", c.Outcome, c.Who.By, c.Who.User, c.Who.Task, c.Who.ControllerUser, c.Who.Controller, c.Containers[0].Name, c.Containers[0].Action))
	}
	diff(t, "records", []string{
		"changed ansible root, paunch_step : Apply step 4 of ann at control-1: u8-web created",
		"failed  root,  of  at : u8-web failed",
	}, got)
	diff(t, "the line of the run in the journal", "1", sh(t, "journalctl -t paunch -o cat PAUNCH_CONFIG_ID=u8 -p err | wc -l"))
}
