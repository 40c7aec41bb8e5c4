package unitfile_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

var update = flag.Bool("update", false, "write the golden files")

func seconds(n uint) *uint { return &n }

// service is one that says no more than it has to.
func service(name string) unitfile.Service {
	return unitfile.Service{
		Unit: "tripleo_" + name + ".service", Container: name, PIDFile: "/run/tripleo_" + name + ".pid", Restart: "always",
		Owner: unitfile.Owner{ManagedBy: "paunch", ConfigID: "tripleo_step3", Entry: name},
	}
}

// golden are the services whose units stand in testdata; a node has systemd judge the same files.
func golden() map[string]unitfile.Service {
	all := map[string]unitfile.Service{"plain": service("plain")}

	s := service("all_keys")
	s.StopTimeout, s.DependsOn, s.PartOf = seconds(42), []string{"tripleo_db", "network.target"}, []string{"tripleo_db.service"}
	s.ExecFlags = map[string]string{"LimitNOFILE": "65536", "Nice": "5", "Slice": "tripleo.slice"}
	s.KillMode, s.PreStopExec, s.ReloadSignal, s.Ordered = "mixed", "/usr/bin/env true", "USR1", true
	s.PreStopCommand = `sh -c "echo $STATE 100%"`
	all["all_keys"] = s

	s = service("on_failure")
	s.Restart, s.NoReload = "on-failure:3", true
	all["on_failure"] = s

	s = service("on_failure_for_ever")
	s.Restart = "on-failure"
	all["on_failure_for_ever"] = s

	s = service("unless_stopped")
	s.Restart = "unless-stopped"
	all["unless_stopped"] = s

	s = service("ordered")
	s.Ordered, s.DependsOn = true, []string{"tripleo_db"}
	all["ordered"] = s

	s = service("gated")
	s.AfterWave, s.ReadyWithin, s.DependsOn = []string{"tripleo_cache.service", "tripleo_db.service"}, 120, []string{"tripleo_db"}
	all["gated"] = s

	s = service("on_failure_0")
	s.Restart = "on-failure:0"
	all["on_failure_0"] = s

	s = service("escapes")
	s.PreStopExec = `/bin/sh -c "date +%%H$HOME %i; echo 'two words' ${PATH} \\n"`
	all["escapes"] = s
	return all
}

func TestGolden(t *testing.T) {
	for name, s := range golden() {
		t.Run(name, func(t *testing.T) {
			text, err := unitfile.Render(s)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", s.Unit)
			if *update {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Errorf("the unit (-want +got), -update rewrites it:\n%s", diff)
			}
			if o, ok := unitfile.OwnerOf(text); !ok || o != s.Owner {
				t.Errorf("its owner is read as %+v, %t", o, ok)
			}
		})
	}
}

func TestOwnerOfForeignUnits(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":            "",
		"another's":          "[Service]\nExecStart=/usr/bin/podman start x\n",
		"in a value":         "[Unit]\nDescription=[X-Paunch]\nManagedBy=a\nConfigID=b\nEntry=c\n",
		"without an entry":   "[Unit]\n\n[X-Paunch]\nManagedBy=a\nConfigID=b\n",
		"without a manager":  "[Unit]\n\n[X-Paunch]\nConfigID=b\nEntry=c\n",
		"of another section": "[Unit]\n\n[X-Paunch2]\nManagedBy=a\nConfigID=b\nEntry=c\n",
	} {
		t.Run(name, func(t *testing.T) {
			if o, ok := unitfile.OwnerOf(text); ok {
				t.Errorf("it is held for that of %+v", o)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ prefix, container, want, err string }{
		{"tripleo", "keystone", "tripleo_keystone.service", ""},
		{"edpm", "nova-compute.x_1", "edpm_nova-compute.x_1.service", ""},
		{"", "x", "", "unit_prefix"},
		{"-x", "x", "", "unit_prefix"},
		{"a/b", "x", "", "unit_prefix"},
		{"a b", "x", "", "unit_prefix"},
		{strings.Repeat("p", 65), "x", "", "unit_prefix"},
		{"tripleo", "a/b", "", "cannot be part"},
		{"tripleo", "a@b", "", "cannot be part"},
		{"tripleo", "a%n", "", "cannot be part"},
		{"tripleo", "ä", "", "cannot be part"},
		{"tripleo", strings.Repeat("c", 240), "", "255 characters"},
		{"tripleo", strings.Repeat("c", 239), "tripleo_" + strings.Repeat("c", 239) + ".service", ""},
	} {
		got, err := unitfile.Name(test.prefix, test.container)
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%.20q and %.20q: got %.40q and %v", test.prefix, test.container, got, err)
		}
	}
}

func TestCheckRefusesWhatCannotStandInAUnit(t *testing.T) {
	flags := func(key, value string) func(*config.Entry) {
		return func(e *config.Entry) { e.SystemdExecFlags = map[string]string{key: value} }
	}
	for _, test := range []struct {
		name string
		set  func(*config.Entry)
		want string // the key that is named, "" = fine
	}{
		{"nothing", func(*config.Entry) {}, ""},
		{"a unit", func(e *config.Entry) {
			e.DependsOn = []string{"tripleo_db", "dev-sda.device", `a\x2db.mount`, "x@1.service"}
		}, ""},
		{"a path", func(e *config.Entry) { e.DependsOn = []string{"a/b"} }, "depends_on"},
		{"two units in one", func(e *config.Entry) { e.DependsOn = []string{"a b"} }, "depends_on"},
		{"no unit", func(e *config.Entry) { e.DependsOn = []string{""} }, "depends_on"},
		{"a specifier", func(e *config.Entry) { e.DependsOn = []string{"%n"} }, "depends_on"},
		{"an option", func(e *config.Entry) { e.PartOf = []string{"-x"} }, "part_of"},
		{"a line", func(e *config.Entry) { e.PartOf = []string{"a\nb"} }, "part_of"},
		{"a long name", func(e *config.Entry) { e.PartOf = []string{strings.Repeat("x", 256)} }, "part_of"},
		{"a name that is long with its ending", func(e *config.Entry) { e.PartOf = []string{strings.Repeat("x", 250)} }, "part_of"},
		{"a flag", flags("LimitNOFILE", "65536"), ""},
		{"an empty flag", flags("LimitNOFILE", ""), ""},
		{"a flag with a tab", flags("Environment", "A=1\tB=2"), ""},
		{"a flag of ours", flags("ExecStart", "/bin/true"), "systemd_exec_flags"},
		{"a flag of two lines", flags("Nice", "1\nExecStartPre=/bin/true"), "systemd_exec_flags"},
		{"a flag with a carriage return", flags("Nice", "1\r"), "systemd_exec_flags"},
		{"a flag that goes on", flags("Nice", `1\`), "systemd_exec_flags"},
		{"a flag that goes on behind spaces", flags("Nice", "1\\ \t"), "systemd_exec_flags"},
		{"a flag that is no text", flags("Nice", "\xff"), "systemd_exec_flags"},
		{"a key with a line", flags("Nice\nA", "1"), "systemd_exec_flags"},
		{"a key with a value", flags("Nice=1", "1"), "systemd_exec_flags"},
		{"a section", flags("[Install]", "1"), "systemd_exec_flags"},
		{"a command", func(e *config.Entry) { e.PreStopExec = "/bin/true now" }, ""},
		{"a command whose failure is no matter", func(e *config.Entry) { e.PreStopExec = "-/bin/false" }, ""},
		{"a command without a path", func(e *config.Entry) { e.PreStopExec = "true" }, "pre_stop_exec"},
		{"a command in the container of two lines", func(e *config.Entry) { e.PreStopCommand = "true\nfalse" }, "pre_stop_command"},
		{"a command of two lines", func(e *config.Entry) { e.PreStopExec = "/bin/true\n/bin/false" }, "pre_stop_exec"},
		{"a signal", func(e *config.Entry) { e.ReloadSignal = "SIGRTMIN+1" }, ""},
		{"a signal and more", func(e *config.Entry) { e.ReloadSignal = "HUP x" }, "reload_signal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := config.Entry{Kind: config.Service, Name: "x", File: "f.json", Restart: "always"}
			test.set(&e)
			var keys []string
			for _, p := range unitfile.Check(e) {
				keys = append(keys, p.Key)
				if p.Container != "x" || p.File != "f.json" {
					t.Errorf("the problem does not say where: %+v", p)
				}
			}
			if got := strings.Join(keys, " "); got != test.want {
				t.Errorf("refused %q, want %q", got, test.want)
			}
			e.Kind = config.OneShot
			if problems := unitfile.Check(e); len(problems) > 0 {
				t.Errorf("of what has no unit: %v", problems)
			}
		})
	}
}

func TestACommandBeforeTheStopMayFail(t *testing.T) {
	for command, want := range map[string]string{"/bin/x -y": "-/bin/x -y", "-/bin/x": "-/bin/x", "+/bin/x": "-+/bin/x", "+-/bin/x": "+-/bin/x"} {
		s := service("x")
		s.PreStopExec = command
		text, err := unitfile.Render(s)
		if err != nil || !strings.Contains(text, "\nExecStop="+want+"\nExecStop=/usr/bin/podman stop ") {
			t.Errorf("%s: %v\n%s", command, err, text)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("x", "/run/x.pid", "always", "paunch", "c", "e", "tripleo_db", "Nice", "5", "mixed", "/bin/true", "HUP")
	f.Add("x", "/run/x.pid", "on-failure:3", "paunch", "c", "e", "a\nb", "Nice", "5\\", "none", "/bin/true \\", "HUP\n[Unit]")
	for i, bad := range []string{"a\nb", "HUP\n[Unit]", "5\\", "x\n[Service]\nExecStart=y", "\n[X-Paunch]\nManagedBy=z\n", "5\\ ", "\r", "\x00", "[Unit]"} {
		for k := range 12 {
			v := []string{"x", "/run/x.pid", "always", "paunch", "c", "e", "tripleo_db", "Nice", "5", "mixed", "/bin/true", "HUP"}
			v[(k+i)%12] += bad
			f.Add(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11])
		}
	}
	f.Add("x\n[Service]\nExecStart=y", "/x\n\n", "no\nA=b", "p\nq", "c\r", "\n[Unit]", "[Unit]", "X", "\n[Install]", "\n", "/\n[X]", "\n")
	f.Fuzz(func(t *testing.T, container, pidFile, restart, manager, configID, entry, dependsOn, flag, value, killMode, preStop, reload string) {
		s := unitfile.Service{
			Unit: "tripleo_x.service", Container: container, PIDFile: pidFile, Restart: restart,
			Owner:     unitfile.Owner{ManagedBy: manager, ConfigID: configID, Entry: entry},
			DependsOn: []string{dependsOn}, PartOf: []string{dependsOn}, ExecFlags: map[string]string{flag: value},
			KillMode: killMode, PreStopExec: preStop, ReloadSignal: reload,
		}
		text, err := unitfile.Render(s)
		if err != nil {
			return
		}
		if o, ok := unitfile.OwnerOf(text); ok && o != s.Owner {
			t.Errorf("the owner %+v is read as %+v", s.Owner, o)
		}
		for where, keys := range parse(t, text) {
			for key, times := range keys {
				if want := allowed[where][key]; times > want && (where != "Service" || key != flag) {
					t.Errorf("[%s] has %s %d times:\n%s", where, key, times, text)
				}
			}
		}
	})
}

// allowed is how often a key may stand in a section.
var allowed = map[string]map[string]int{
	"Unit": {
		"Description": 1, "Wants": 1, "After": 1, "PartOf": 1, "RequiresMountsFor": 1, "StartLimitIntervalSec": 1, "StartLimitBurst": 1,
	},
	"Service": {
		"Type": 1, "PIDFile": 1, "Environment": 1, "ExecStart": 1, "ExecReload": 1, "ExecStop": 2, "ExecStopPost": 1, "TimeoutStopSec": 1,
		"SuccessExitStatus": 1, "RestartForceExitStatus": 1, "Restart": 1, "RestartSec": 1, "KillMode": 1,
	},
	"Install":  {"WantedBy": 1},
	"X-Paunch": {"ManagedBy": 1, "ConfigID": 1, "Entry": 1},
}

// parse reads a unit as systemd does: lines that end in a backslash go on, each section and key counts.
func parse(t *testing.T, text string) map[string]map[string]int {
	t.Helper()
	found, section := map[string]map[string]int{}, ""
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == 0 })
	for _, line := range lines {
		line = strings.TrimSpace(line)
		switch {
		case line == "", strings.HasPrefix(line, "#"), strings.HasPrefix(line, ";"):
		case strings.HasSuffix(line, `\`):
			t.Fatalf("a line goes on: %q", line)
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
			if allowed[section] == nil || found[section] != nil {
				t.Fatalf("a section too many: %s\n%s", section, text)
			}
			found[section] = map[string]int{}
		default:
			key, _, ok := strings.Cut(line, "=")
			if !ok {
				t.Fatalf("no line of a unit: %q", line)
			}
			found[section][key]++
		}
	}
	return found
}

func TestOnlyTheCommentsOfAUnitDoNotCount(t *testing.T) {
	const unit = "# Written by an earlier version.\n[Unit]\nDescription=a\n"
	if !unitfile.Equal(unit, "# Written by this one.\n[Unit]\n; really\nDescription=a\n") {
		t.Error("units that differ in a comment are not equal")
	}
	for _, other := range []string{"", "[Unit]\nDescription=b\n", "[Unit]\n#Description=a\n", "[Unit]\nDescription=a\n\n"} {
		if unitfile.Equal(unit, other) {
			t.Errorf("equal to %q", other)
		}
	}
}

func TestOrderedContainersStopBeforePacemakerAndAnEarlierTargetIsKept(t *testing.T) {
	target := unitfile.OrderFiles()[unitfile.Target]
	if !strings.Contains(target, " pacemaker.service\n") {
		t.Error(target)
	}
	earlier := strings.Replace(target, " pacemaker.service\n", "\n", 1)
	for text, want := range map[string]bool{earlier: true, target: false, "": false, earlier + "x": false} {
		if got := unitfile.IsEarlierOrderFile(unitfile.Target, text); got != want {
			t.Errorf("%v: %q", got, text)
		}
	}
}
