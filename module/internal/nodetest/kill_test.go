//go:build realnode

package nodetest

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// kills is how many random moments each kind of apply is killed at.
func kills() int {
	n, err := strconv.Atoi(os.Getenv("PAUNCH_KILLS"))
	if err != nil {
		return 10
	}
	return n
}

// TestAKillAtARandomMomentIsRepairedByTheNextRun kills the program in the middle of its work with Podman
// and systemd.
func TestAKillAtARandomMomentIsRepairedByTheNextRun(t *testing.T) {
	binary := os.Getenv("PAUNCH_BINARY")
	if binary == "" {
		t.Fatal("PAUNCH_BINARY is not set: the program to kill")
	}
	first := config{"k-old": service(), "k-db": service(), "k-web": service("start_order", 1), "k-job": config{"image": image, "detach": false, "net": "none", "command": "true"}}
	second := config{"k-new": service(), "k-db": service("image", image2, "stop_grace_period", 4), "k-web": service("start_order", 1, "user", "nobody"), "k-job": config{"image": image, "detach": false, "net": "none", "command": "true"}}
	for name, c := range map[string]struct {
		prepare, run config
		services     []string
	}{
		"cold":      {config{}, first, []string{"k-old", "k-db", "k-web"}},
		"replacing": {first, second, []string{"k-new", "k-db", "k-web"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStep(t, "k")
			args := filepath.Join(t.TempDir(), "args")
			text, err := json.Marshal(config{"config_id": "k", "settle": 0.3, "config": c.run})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(args, text, 0o600); err != nil {
				t.Fatal(err)
			}
			s.must(c.prepare)
			began := time.Now()
			if out, err := exec.Command(binary, args).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			length := time.Since(began)
			random := rand.New(rand.NewPCG(3, 4))
			for range kills() {
				s.must(c.prepare)
				moment := time.Duration(random.Int64N(int64(length)))
				cmd := exec.Command(binary, args)
				cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(moment) // the moment is the point
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				_ = cmd.Wait() // it was killed
				s.must(c.run)
				for _, name := range c.services {
					runs(t, "tripleo_"+name+".service", name)
				}
				diff(t, "containers", len(c.run), len(lines(sh(t, "podman ps -a --format '{{.Names}}' | grep ^k-"))))
				diff(t, "units", len(c.services), len(lines(ask("ls /etc/systemd/system | grep ^tripleo_k-"))))
				s.unchanged(c.run)
				if t.Failed() {
					t.Fatalf("after a kill at %s", moment)
				}
			}
		})
	}
}
