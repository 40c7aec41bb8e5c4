package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
)

func decode(t *testing.T, r raw) config.Entry {
	t.Helper()
	e, _, err := config.DecodeEntry("web", "web.json", r, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestCheckNamesContainerAndKeyOfEveryBadValue(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		want []string // container "web": key "...": <part of the text>
	}{
		"a size that is none":              {raw{"mem_limit": "abc"}, []string{`"mem_limit": invalid value for memory`}},
		"a limit that is none":             {raw{"ulimit": "nofile"}, []string{`"ulimit": ulimit option`}},
		"a number where words stand":       {raw{"pids_limit": "many"}, []string{`"pids_limit": invalid argument`}},
		"several bad values":               {raw{"memory": "x", "shm_size": "y", "cpus": "z"}, []string{`"cpus"`, `"memory"`, `"shm_size"`}},
		"a bad signal":                     {raw{"stop_signal": "NONSENSE"}, []string{`"stop_signal": invalid signal`}},
		"a mode beside a network":          {raw{"net": []any{"host", "a"}}, []string{`"net": `}},
		"an address without bridge":        {raw{"ip": "10.0.0.1", "net": "host"}, []string{`"ip": an address needs a bridge network, together with key "net"`}},
		"an address that is none":          {raw{"ip": "10.0.0"}, []string{`"ip": "10.0.0" is not an IP address`}},
		"cpus with a quota":                {raw{"cpus": 1, "cpu_quota": 5000}, []string{`"cpu_quota": cpus excludes cpu_period and cpu_quota, together with key "cpus"`}},
		"volumes and tmpfs at one place":   {raw{"volumes": "/a:/x", "mount": "type=tmpfs,dst=/x"}, []string{`"mount": /x: duplicate mount destination, together with key "volumes"`}},
		"a mount option that is unknown":   {raw{"volumes": "/a:/x:sideways"}, []string{`"volumes": invalid option`}},
		"groups that nobody can keep":      {raw{"group_add": "keep-groups"}, []string{`"group_add": keep-groups has no meaning`}},
		"a driver that needs a parent":     {raw{"log_driver": "passthrough"}, []string{`"log_driver": `}},
		"a security option that is none":   {raw{"security_opt": "nonsense"}, []string{`"security_opt": invalid --security-opt`}},
		"no tries of a healthcheck":        {raw{"healthcheck": raw{"test": "x", "retries": 0}}, []string{`"healthcheck": healthcheck-retries must be greater than 0`}},
		"hosts where there is no file":     {raw{"no_hosts": true, "extra_hosts": "a:1.2.3.4"}, []string{`"extra_hosts": no_hosts excludes`}},
		"a host without address":           {raw{"extra_hosts": "a"}, []string{`"extra_hosts": bad format`}},
		"dns where there is no network":    {raw{"dns": "1.2.3.4", "net": "none"}, []string{`"dns": dns settings have no meaning`}},
		"mappings beside a user namespace": {raw{"userns": "host", "uidmap": "0:1:1"}, []string{`"uidmap": userns excludes`}},
		"a secret in a form that is none":  {raw{"secrets": "a,b=c"}, []string{`"secrets": `}},
		"a systemd mode that is none":      {raw{"systemd": 7}, []string{`"systemd": "7" must be one of true, false, always`}},
		"a readiness mode that is none":    {raw{"sdnotify": "x"}, []string{`"sdnotify": "x" must be one of container, conmon, healthy, ignore`}},
		"a cgroups mode that is none":      {raw{"cgroups": "x"}, []string{`"cgroups": "x" must be one of enabled, disabled`}},
		"a seccomp policy that is none":    {raw{"seccomp_policy": "x"}, []string{`"seccomp_policy": "x" must be one of default, image`}},
		"a log driver that is none":        {raw{"log_driver": 7}, []string{`"log_driver": "7" must be one of k8s-file`}},
		"a port that is none":              {raw{"ports": "http"}, []string{`"ports": `}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.keys["image"] = "x"
			problems := config.Problems(Check(decode(t, tc.keys)))
			if len(problems) != len(tc.want) {
				t.Fatalf("%d problems, not %d: %v", len(problems), len(tc.want), problems)
			}
			for i, p := range problems {
				line := p.Error()
				if !strings.HasPrefix(line, `container "web": key `+tc.want[i]) || !strings.HasSuffix(line, "(web.json)") {
					t.Errorf("got %s\nwant container \"web\": key %s… (web.json)", line, tc.want[i])
				}
			}
		})
	}
}

func TestCheckLeavesFilesToTheHostCheck(t *testing.T) {
	e := decode(t, raw{"image": "x", "env_file": "/nonexistent", "label_file": "/nonexistent", "volumes": "/nonexistent:/x"})
	if err := Check(e); err != nil {
		t.Error(err)
	}
	if _, err := Generate(Request{Entry: e, Name: "web"}); err == nil {
		t.Error("Generate reads env files, and did not miss this one")
	}
}

func TestErrorsHoldNoValueOfAVariable(t *testing.T) {
	e := config.Entry{Name: "web", Image: "x", Options: []config.Option{{Flag: "env", Key: "environment", Values: []string{"=hunter2"}}}}
	_, err := Generate(Request{Entry: e, Name: "web"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestTheRestartPolicyIsLeftToSystemdWhereAsked(t *testing.T) {
	e := decode(t, raw{"image": "x", "restart": "always"})
	s, err := Generate(Request{Entry: e, Name: "web", NoRestartPolicy: true, ConmonPIDFile: "/run/web.pid"})
	if err != nil {
		t.Fatal(err)
	}
	if s.RestartPolicy != "" || s.ConmonPidFile != "/run/web.pid" {
		t.Errorf("restart policy %q, conmon pid file %q", s.RestartPolicy, s.ConmonPidFile)
	}
}

func TestTheUnitThatWeRunInIsNotTheContainers(t *testing.T) {
	t.Setenv("PODMAN_SYSTEMD_UNIT", "ansible.service")
	for name, tc := range map[string]struct{ keys, want raw }{
		"without such a label":         {raw{"image": "x", "labels": raw{"a": "b"}}, raw{"a": "b"}},
		"with such a label of its own": {raw{"image": "x", "labels": raw{"PODMAN_SYSTEMD_UNIT": "web.service"}}, raw{"PODMAN_SYSTEMD_UNIT": "web.service"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Generate(Request{Entry: decode(t, tc.keys), Name: "web"})
			if err != nil {
				t.Fatal(err)
			}
			got := raw{}
			for k, v := range s.Labels {
				got[k] = v
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheSameEntryAlwaysMakesTheSameSpec(t *testing.T) {
	keys := raw{"image": "x", "volumes": []any{"/a:/1", "/b:/2", "/c:/3", "v:/4", "w:/5"}, "tmpfs": []any{"/6", "/7"}, "environment": raw{"A": 1, "B": 2}}
	var first any
	for i := range 20 {
		s, err := Generate(Request{Entry: decode(t, keys), Name: "web"})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = wire(t, s)
		} else if diff := cmp.Diff(first, wire(t, s)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestEnvHostIsTheEnvironmentOfThisProcess(t *testing.T) {
	t.Setenv("OF_THE_HOST", "1")
	t.Setenv("BOTH", "host")
	e := config.Entry{Name: "web", Image: "localhost/web:1", Options: []config.Option{
		{Flag: "env-host", Key: "env_host", Values: []string{"true"}}, {Flag: "env", Key: "environment", Values: []string{"BOTH=entry"}},
	}}
	s, err := Generate(Request{Entry: e, Name: "web"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Env["OF_THE_HOST"] != "1" || s.Env["BOTH"] != "entry" {
		t.Errorf("environment %v", s.Env)
	}
	if s.EnvHost == nil || *s.EnvHost {
		t.Error("the service is asked for its own environment too")
	}
}
