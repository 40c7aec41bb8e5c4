package config

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type raw = map[string]any

// entry decodes keys beside an image, and fails the test on problems and warnings.
func entry(t *testing.T, keys raw) Entry {
	t.Helper()
	e, warnings, err := DecodeEntry("web", "", withImage(keys), Options{})
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%v %q", err, warnings)
	}
	return e
}

func withImage(keys raw) raw {
	all := raw{"image": "x"}
	for k, v := range keys {
		all[k] = v
	}
	return all
}

func TestKeysBecomeOptionsInEverySpelling(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		flag string
		want []string // nil: the option is not set
	}{
		"environment as a mapping, sorted":             {raw{"environment": raw{"B": "2", "A": "1"}}, "env", []string{"A=1", "B=2"}},
		"environment as a list, sorted, the last wins": {raw{"environment": []any{"B=2", "A=1", "B=3"}}, "env", []string{"A=1", "B=3"}},
		"zero, false and nothing are values":           {raw{"environment": raw{"A": 0, "B": false, "C": "", "D": json.Number("1.10")}}, "env", []string{"A=0", "B=false", "C=", "D=1.10"}},
		"a variable without a value is inherited":      {raw{"environment": raw{"HOME": nil}}, "env", []string{"HOME"}},
		"a bare name in a list is inherited":           {raw{"environment": []any{"HOME", ""}}, "env", []string{"HOME"}},
		"a value with equals signs and newlines":       {raw{"environment": raw{"A": "b=c\nd\te"}}, "env", []string{"A=b=c\nd\te"}},
		"a number as user":                             {raw{"user": 0}, "user", []string{"0"}},
		"a float that is a whole number":               {raw{"pids_limit": float64(65536)}, "pids-limit", []string{"65536"}},
		"an empty string is an unset variable":         {raw{"user": "", "hostname": ""}, "user", nil},
		"an empty word is an absent key":               {raw{"restart": "", "wait": "", "remove": "", "start_order": "", "healthcheck": "", "user": ""}, "user", nil},
		"null is an absent key":                        {raw{"volumes": nil}, "volume", nil},
		"empty strings in volumes are dropped":         {raw{"volumes": []any{"", "/a:/a", ""}}, "volume", []string{"/a:/a"}},
		"repeated volumes are dropped, order is kept":  {raw{"volumes": []any{"/b:/b:ro", "/a:/a", "/b:/b:ro"}}, "volume", []string{"/b:/b:ro", "/a:/a"}},
		"one volume as a string":                       {raw{"volume": "/a:/a"}, "volume", []string{"/a:/a"}},
		"an ulimit as a string is no list of letters":  {raw{"ulimit": "nofile=1024"}, "ulimit", []string{"nofile=1024"}},
		"security options as a string":                 {raw{"security_opt": "label=disable"}, "security-opt", []string{"label=disable"}},
		"a grace period as a number":                   {raw{"stop_grace_period": 60}, "stop-timeout", []string{"60"}},
		"a grace period as a duration":                 {raw{"stop_grace_period": "1m30s"}, "stop-timeout", []string{"90"}},
		"a grace period is rounded up":                 {raw{"stop_grace_period": "1500ms"}, "stop-timeout", []string{"2"}},
		"all cpus is no limit":                         {raw{"cpuset_cpus": "all"}, "cpuset-cpus", nil},
		"a log tag":                                    {raw{"log_tag": "web"}, "log-opt", []string{"tag=web"}},
		"a log tag beside log options":                 {raw{"log_tag": "web", "log_opt": raw{"max-size": "1m"}}, "log-opt", []string{"max-size=1m", "tag=web"}},
		"paunch's name of the memory limit":            {raw{"mem_limit": "1g"}, "memory", []string{"1g"}},
		"two names that say the same":                  {raw{"mem_limit": "1g", "memory": "1g"}, "memory", []string{"1g"}},
		"hosts as a mapping":                           {raw{"extra_hosts": raw{"a": "1.2.3.4"}}, "add-host", []string{"a:1.2.3.4"}},
		"labels as a mapping":                          {raw{"labels": raw{"b": 1, "a": nil}}, "label", []string{"a=", "b=1"}},
		"an entrypoint as a list":                      {raw{"entrypoint": []any{"sh", "-c", "a<b"}}, "entrypoint", []string{`["sh","-c","a<b"]`}},
		"an empty entrypoint":                          {raw{"entrypoint": ""}, "entrypoint", []string{""}},
		"tmpfs as a mapping":                           {raw{"tmpfs": raw{"/tmp": "size=1m", "/run": nil}}, "tmpfs", []string{"/run", "/tmp:size=1m"}},
		"networks with options":                        {raw{"networks": raw{"a": raw{"ip": "1.2.3.4", "alias": []any{"x", "y"}}, "b": nil}}, "network", []string{"a:alias=x,alias=y,ip=1.2.3.4", "b"}},
		"ulimits with soft and hard":                   {raw{"ulimits": raw{"nofile": raw{"soft": 1, "hard": 2}, "core": 0}}, "ulimit", []string{"core=0", "nofile=1:2"}},
		"a bool as a word":                             {raw{"privileged": "yes"}, "privileged", []string{"true"}},
		"a bool that is off stays said":                {raw{"tty": false}, "tty", []string{"false"}},
		"a healthcheck's test":                         {raw{"healthcheck": raw{"test": "/openstack/healthcheck 5672"}}, "health-cmd", []string{"/openstack/healthcheck 5672"}},
		"a healthcheck's test as a list":               {raw{"healthcheck": raw{"test": []any{"CMD", "a", "b c"}}}, "health-cmd", []string{`["CMD","a","b c"]`}},
		"a healthcheck as a command":                   {raw{"healthcheck": "/bin/check"}, "health-cmd", []string{"/bin/check"}},
		"a healthcheck's interval":                     {raw{"healthcheck": raw{"test": "x", "interval": 30}}, "health-interval", []string{"30s"}},
		"an interval at the top":                       {raw{"healthcheck": raw{"test": "x"}, "check_interval": 600}, "health-interval", []string{"10m0s"}},
		"an interval of nothing":                       {raw{"healthcheck": raw{"test": "x", "interval": 0}}, "health-interval", []string{"disable"}},
		"a healthcheck's scripts":                      {raw{"healthcheck": raw{"test": "x", "mount": "/var/lib/hc"}, "volumes": "/a:/a"}, "volume", []string{"/a:/a", "/var/lib/hc:/openstack:ro,z"}},
		"a healthcheck that is switched off":           {raw{"healthcheck": raw{"disable": true, "test": "x"}}, "no-healthcheck", []string{"true"}},
		"a healthcheck of none":                        {raw{"healthcheck": "none"}, "no-healthcheck", []string{"true"}},
		"a test of NONE":                               {raw{"healthcheck": raw{"test": []any{"NONE"}}}, "no-healthcheck", []string{"true"}},
		"strings from Go callers":                      {raw{"environment": map[string]string{"A": "b"}}, "env", []string{"A=b"}},
		"an empty healthcheck is none":                 {raw{"healthcheck": raw{}}, "health-cmd", nil},
		"a healthcheck without a test is none":         {raw{"healthcheck": raw{"test": nil, "interval": 5, "mount": "/x"}}, "health-interval", nil},
		"a test of nothing is no healthcheck":          {raw{"healthcheck": raw{"test": "", "retries": 3}}, "health-retries", nil},
		"an empty list is no test":                     {raw{"healthcheck": raw{"test": []any{}}}, "health-cmd", nil},
		"a test of only how to run it is none":         {raw{"healthcheck": raw{"test": []any{"CMD-SHELL", ""}}}, "health-cmd", nil},
		"a test of blanks is none":                     {raw{"healthcheck": raw{"test": "  "}}, "health-cmd", nil},
		"a kernel parameter of null is not set":        {raw{"sysctls": raw{"a.b": nil, "c.d": 1}}, "sysctl", []string{"c.d=1"}},
		"a log option of null is not set":              {raw{"log_opt": raw{"max-size": nil}}, "log-opt", nil},
		"a limit of null is not set":                   {raw{"ulimits": raw{"nofile": nil}}, "ulimit", nil},
		"a host without address is none":               {raw{"extra_hosts": raw{"a": nil}}, "add-host", nil},
		"a label of null is empty":                     {raw{"labels": raw{"a": nil}}, "label", []string{"a="}},
		"kolla's limits":                               {raw{"dimensions": raw{"mem_limit": "1g", "cpus": nil}}, "memory", []string{"1g"}},
		"kolla's ulimits":                              {raw{"dimensions": raw{"ulimits": raw{"nofile": raw{"soft": 1, "hard": 2}}}}, "ulimit", []string{"nofile=1:2"}},
		"null in a list is dropped":                    {raw{"volumes": []any{nil, "/a:/a"}}, "volume", []string{"/a:/a"}},
		"null among variables is dropped":              {raw{"environment": []any{nil, "A=1"}}, "env", []string{"A=1"}},
		"a bare name after a value keeps both":         {raw{"environment": []any{"A=1", "A", "B", "B=2"}}, "env", []string{"A=1", "A", "B=2"}},
		"control characters in a variable":             {raw{"environment": raw{"A": "a\r\x1b[31m"}}, "env", []string{"A=a\r\x1b[31m"}},
		"lines in a label":                             {raw{"labels": raw{"a": "b\nc\td"}}, "label", []string{"a=b\nc\td"}},
		"a comma in the value of a kernel parameter":   {raw{"sysctls": raw{"a.b": "1,2"}}, "sysctl", []string{`"a.b=1,2"`}},
		"a comma and quotes in such a value":           {raw{"sysctls": raw{"a.b": `1,"2"`}}, "sysctl", []string{`"a.b=1,""2"""`}},
		"a comma in a listed kernel parameter":         {raw{"sysctls": []any{"a.b=1,2", "c.d=3"}}, "sysctl", []string{`"a.b=1,2"`, "c.d=3"}},
		"two kernel parameters with a comma between":   {raw{"sysctls": "a.b=1,c.d=3"}, "sysctl", []string{"a.b=1,c.d=3"}},
		"a kernel parameter that is quoted already":    {raw{"sysctls": `"a.b=1,2"`}, "sysctl", []string{`"a.b=1,2"`}},
		"podman_container's name of a log option":      {raw{"log_opt": raw{"max_size": "1m"}}, "log-opt", []string{"max-size=1m"}},
		"podman_container's names of ports":            {raw{"published_ports": "80:80"}, "publish", []string{"80:80"}},
		"kolla's name of the cgroup namespace":         {raw{"cgroupns_mode": "host"}, "cgroupns", []string{"host"}},
		"a bool for systemd":                           {raw{"systemd": false}, "systemd", []string{"false"}},
		"a program called true":                        {raw{"healthcheck": raw{"test": true}}, "health-cmd", []string{"true"}},
		"a date that a YAML parser made a time":        {raw{"labels": raw{"d": time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}}, "label", []string{"d=2026-01-02"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, entry(t, tc.keys).Option(tc.flag), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCommandsAreSplitByShellQuoting(t *testing.T) {
	for name, tc := range map[string]struct {
		in   any
		want []string
	}{
		"quotes hold words together":      {`/bin/bash -c 'chown -R aodh:aodh /var/log/aodh'`, []string{"/bin/bash", "-c", "chown -R aodh:aodh /var/log/aodh"}},
		"nothing is expanded":             {"echo $HOME `id` * ~ ; a && b | c > d # e", []string{"echo", "$HOME", "`id`", "*", "~", ";", "a", "&&", "b", "|", "c", ">", "d", "#", "e"}},
		"lines are words":                 {"a\n  b", []string{"a", "b"}},
		"a list is taken as it stands":    {[]any{"sh", "-c", "a  'b'", 1, true, ""}, []string{"sh", "-c", "a  'b'", "1", "true", ""}},
		"an empty string is no command":   {"", nil},
		"a number is a word":              {42, []string{"42"}},
		"null is an empty word":           {[]any{"sh", nil}, []string{"sh", ""}},
		"control characters stay":         {[]any{"sh", "-c", "a # \r\x1b"}, []string{"sh", "-c", "a # \r\x1b"}},
		"escaped blanks and empty quotes": {`a\ b ''`, []string{"a b", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, entry(t, raw{"command": tc.in}).Command, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatAnEntryIs(t *testing.T) {
	for name, tc := range map[string]struct {
		keys    raw
		kind    Kind
		restart string
	}{
		"a restart policy makes a service":         {raw{"restart": "always"}, Service, "always"},
		"a policy with tries":                      {raw{"restart": "on-failure:3"}, Service, "on-failure:3"},
		"podman_container's name of the policy":    {raw{"restart_policy": "unless-stopped"}, Service, "unless-stopped"},
		"detach: false makes a one-shot":           {raw{"detach": false}, OneShot, ""},
		"a one-shot may say that it has no policy": {raw{"detach": "no", "restart": "no"}, OneShot, ""},
		"neither is fire and exit":                 {raw{}, FireAndExit, ""},
		"YAML's false is no policy":                {raw{"restart": false}, FireAndExit, ""},
		"no policy, in words":                      {raw{"restart": "none"}, FireAndExit, ""},
		"state: stopped is only created":           {raw{"state": "stopped"}, StoppedOnly, ""},
		"a stopped one keeps its policy for later": {raw{"state": "stopped", "restart": "always"}, StoppedOnly, "always"},
		"state: started says nothing new":          {raw{"state": "started", "restart": "always"}, Service, "always"},
		"an exec needs no image":                   {raw{"image": nil, "action": "exec", "command": "db true"}, Exec, ""},
		"an exec is not detached":                  {raw{"action": "exec", "detach": false, "command": "db true"}, Exec, ""},
		"action: run is what happens anyway":       {raw{"action": "run", "detach": true}, FireAndExit, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := entry(t, tc.keys)
			if e.Kind != tc.kind || e.Restart != tc.restart {
				t.Errorf("kind %s, restart %q", e.Kind, e.Restart)
			}
		})
	}
}

func TestControlKeysFillTheEntry(t *testing.T) {
	got := entry(t, raw{
		"restart": "always", "start_order": "2", "exit_codes": []any{2, "0", 2}, "wait": "healthy", "health_timeout": "2m",
		"healthcheck": raw{"test": "x", "interval": "10s"}, "pull": "newer", "exec_policy": "always", "restart_stopped": false,
		"depends_on": []any{"openvswitch.service", "b c"}, "systemd_exec_flags": raw{"RuntimeDirectory": "redis", "LimitNOFILE": 1024},
		"kill_mode": "mixed", "pre_stop_exec": "/bin/true", "reload_signal": "HUP", "part_of": "a.target", "no_reload": true,
		"stop_grace_period": 300,
	})
	no, grace := false, uint(300)
	want := Entry{
		Name: "web", Kind: Service, Image: "x", StartOrder: 2, ExitCodes: []int{0, 2}, Restart: "always",
		Wait: "healthy", HealthTimeout: 2 * time.Minute, HasHealthcheck: true, HealthInterval: 10 * time.Second,
		Pull: "newer", ExecPolicy: "always", RestartStopped: &no,
		DependsOn: []string{"openvswitch.service", "b", "c"}, SystemdExecFlags: map[string]string{"RuntimeDirectory": "redis", "LimitNOFILE": "1024"},
		KillMode: "mixed", PreStopExec: "/bin/true", ReloadSignal: "HUP", PartOf: []string{"a.target"}, NoReload: true, StopTimeout: &grace,
		Options: []Option{
			{Flag: "health-cmd", Key: "healthcheck", Values: []string{"x"}},
			{Flag: "health-interval", Key: "healthcheck", Values: []string{"10s"}},
			{Flag: "stop-timeout", Key: "stop_grace_period", Values: []string{"300"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e := entry(t, raw{"detach": false, "retries": 3}); e.Retries != 3 || e.RetrySleep != 30*time.Second {
		t.Errorf("retries of a job: %+v", e)
	}
	if e := entry(t, raw{"action": "exec", "command": "db true", "retries": "2", "retry_sleep": "0"}); e.Retries != 2 || e.RetrySleep != 0 {
		t.Errorf("retries of an exec: %+v", e)
	}
	if e := entry(t, raw{"detach": false, "remove": true, "timeout": 60}); !e.Remove || e.Timeout != time.Minute || e.Options != nil {
		t.Errorf("got %+v", e)
	}
}

func TestAnExecHasItsTargetApartFromItsWords(t *testing.T) {
	got := entry(t, raw{"image": nil, "action": "exec", "command": []any{"keystone", "/usr/bin/bootstrap", "--x"}, "user": "root", "environment": raw{"A": 1}, "privileged": false, "workdir": "/srv", "start_order": 3})
	want := Entry{Name: "web", Kind: Exec, Command: []string{"/usr/bin/bootstrap", "--x"}, StartOrder: 3, ExitCodes: []int{0}, ExecTarget: "keystone", ExecUser: "root", ExecEnv: []string{"A=1"}, ExecWorkdir: "/srv"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryKeyRefusesWhatItCannotRead(t *testing.T) {
	weird := raw{"a": raw{"b": raw{"c": []any{nil}}}}
	for _, k := range Keys() {
		if k.Refused != "" || k.Ignored != "" {
			continue
		}
		keys := raw{"image": "x"}
		keys[k.Name] = weird
		e, warnings, err := DecodeEntry("web", "", keys, Options{})
		if err == nil && (k.Name != "healthcheck" || len(warnings) == 0) {
			t.Errorf("key %q took %v: %+v", k.Name, weird, e)
		}
		for _, p := range Problems(err) {
			if p.Key == "" || p.Container != "web" {
				t.Errorf("key %q: %+v", k.Name, p)
			}
		}
	}
}

func TestAllProblemsOfAnEntryAreReportedAtOnce(t *testing.T) {
	_, _, err := DecodeEntry("bad name", "b.json", raw{"user": []any{}, "privileged": 7, "detach": false, "restart": "always"}, Options{})
	want := []string{
		`container "bad name": a name must match [a-zA-Z0-9][a-zA-Z0-9_.-]* (b.json)`,
		`container "bad name": key "image": is missing (b.json)`,
		`container "bad name": key "privileged": must be true or false (b.json)`,
		`container "bad name": key "restart": contradicts detach: false: a one-shot runs to completion (b.json)`,
		`container "bad name": key "user": must be a string, a number or a bool, not a list (b.json)`,
	}
	var got []string
	for _, p := range Problems(err) {
		got = append(got, p.Error())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := "5 problems:\n  " + strings.Join(want, "\n  "); err.Error() != text {
		t.Errorf("got %q", err)
	}
}

func TestWarningsDoNotStopAnApply(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		want []string
	}{
		"an unknown key with a near one":     {raw{"volums": "/a:/a"}, []string{`unknown key "volums": did you mean "volumes"?`}},
		"an unknown key with none near":      {raw{"xyzzy_plugh": 1}, []string{`unknown key "xyzzy_plugh"`}},
		"a dash where podman has one":        {raw{"shm-size": "1m"}, []string{`unknown key "shm-size": did you mean "shm_size"?`}},
		"an unknown key of a healthcheck":    {raw{"healthcheck": raw{"test": "x", "intervall": 5}}, []string{`key "healthcheck": "intervall" is an unknown key: did you mean "interval"?`}},
		"a key of an older tool":             {raw{"config_volume": "mysql"}, nil},
		"retries of what is no job":          {raw{"restart": "always", "retries": 3}, []string{`key "retries" has no effect here: it is about one-shots (detach: false) and execs; images are pulled again by the step (pull_retries)`}},
		"no retries of what is no job":       {raw{"restart": "always", "retries": 0, "retry_sleep": 5}, nil},
		"a key that another tool acts on":    {raw{"generate_systemd": raw{}}, []string{`key "generate_systemd" has no effect: units are made where "restart" is set`}},
		"the gate's limit without a gate":    {raw{"healthcheck": raw{"test": "x", "interval": 5}, "health_timeout": 5}, []string{`key "health_timeout" limits how long the step waits; the check's own limit is healthcheck.timeout`}},
		"what systemd would do with an exec": {raw{"action": "exec", "command": "db true", "depends_on": "x"}, []string{`key "depends_on" has no effect on an exec`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, warnings, err := DecodeEntry("web", "", withImage(tc.keys), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, warnings, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestANameIsOneThatPodmanAndUnitsTake(t *testing.T) {
	const form, long = "a name must match", "a name must not be longer than 173 characters"
	for name, want := range map[string]string{
		"a": "", "A_b.c-9": "", "0": "", "keystone": "", strings.Repeat("x", 173): "",
		strings.Repeat("x", 174): long, strings.Repeat("x", 100_000): long,
		"": "a container needs a name", "a b": form, " a": form, "a ": form, "a/b": form, "/a": form, "../a": form, "a@b": form,
		"käse": form, "名": form, "😀": form, ".a": form, "-a": form, "_a": form, "--rm": form, "a\n": form, "a\x00": form, "a:b": form, "a%i": form,
		"a\\x2d": form, "a\xff": form, "$a": form, "a,b": form, "a=b": form,
	} {
		_, _, err := DecodeEntry(name, "", raw{"image": "x"}, Options{})
		switch {
		case want == "" && err != nil:
			t.Errorf("%.20q: %v", name, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.20q: got %v, want %q", name, err, want)
		case err != nil && len(err.Error()) > 1000:
			t.Errorf("%.20q: the error has %d characters", name, len(err.Error()))
		}
	}
}

func TestStrictMakesUnknownKeysProblems(t *testing.T) {
	_, _, err := DecodeEntry("web", "", raw{"image": "x", "volums": 1, "healthcheck": raw{"test": "x", "intervall": 5}, "config_volume": "x"}, Options{Strict: true})
	want := "2 problems:\n" +
		`  container "web": key "healthcheck": "intervall" is an unknown key: did you mean "interval"?` + "\n" +
		`  container "web": key "volums": unknown key: did you mean "volumes"?`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestTheStepAddsItsDefaultsBesideTheEntrysOwn(t *testing.T) {
	o := Options{LogPath: "/var/log/c", Labels: map[string]string{"a": "step", "b": "step"}, ExitCodes: []int{0, 2}}
	for name, tc := range map[string]struct {
		keys raw
		o    Options
		want []Option
	}{
		"log files and labels": {raw{}, o, []Option{
			{Flag: "label", Key: "labels", Values: []string{"a=step", "b=step"}, Default: true},
			{Flag: "log-driver", Key: "log_driver", Values: []string{"k8s-file"}, Default: true},
			{Flag: "log-opt", Key: "log_path", Values: []string{"path=/var/log/c/web.log"}, Default: true},
		}},
		"the entry's own come first and win": {raw{"labels": raw{"a": "own"}, "log_opt": "tag=x"}, o, []Option{
			{Flag: "label", Key: "labels", Values: []string{"a=own"}},
			{Flag: "label", Key: "labels", Values: []string{"b=step"}, Default: true},
			{Flag: "log-driver", Key: "log_driver", Values: []string{"k8s-file"}, Default: true},
			{Flag: "log-opt", Key: "log_opt", Values: []string{"tag=x"}},
			{Flag: "log-opt", Key: "log_path", Values: []string{"path=/var/log/c/web.log"}, Default: true},
		}},
		"an entry with a driver of its own": {raw{"log_driver": "journald"}, Options{LogPath: "/var/log/c"}, []Option{
			{Flag: "log-driver", Key: "log_driver", Values: []string{"journald"}},
		}},
		"a driver without files": {raw{}, Options{LogDriver: "journald"}, []Option{
			{Flag: "log-driver", Key: "log_driver", Values: []string{"journald"}, Default: true},
		}},
		"the CPUs of one that names none": {raw{"cpuset_cpus": ""}, Options{DefaultCPUs: "0,1"}, []Option{
			{Flag: "cpuset-cpus", Key: "cpuset_cpus", Values: []string{"0,1"}, Default: true},
		}},
		"the CPUs of one that names its own": {raw{"cpuset": "2"}, Options{DefaultCPUs: "0,1"}, []Option{
			{Flag: "cpuset-cpus", Key: "cpuset", Values: []string{"2"}},
		}},
		"the CPUs of one that asks for all": {raw{"cpuset_cpus": "all"}, Options{DefaultCPUs: "0,1"}, nil},
		"the CPUs of an exec":               {raw{"action": "exec", "command": "db true"}, Options{DefaultCPUs: "0,1"}, nil},
		"no healthchecks": {raw{"restart": "always", "wait": "healthy", "healthcheck": raw{"test": "x"}, "check_interval": 5}, Options{HealthcheckDisabled: true}, []Option{
			{Flag: "no-healthcheck", Key: "healthcheck_disabled", Values: []string{"true"}, Default: true},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, err := DecodeEntry("web", "", withImage(tc.keys), tc.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, e.Options); diff != "" {
				t.Error(diff)
			}
			if tc.o.HealthcheckDisabled && (e.HasHealthcheck || e.Wait != "") {
				t.Errorf("a healthcheck is left: %+v", e)
			}
		})
	}
}

func TestNoKeyIsListedTwice(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if seen[k.Name] {
			t.Errorf("key %q is listed twice", k.Name)
		}
		seen[k.Name] = true
		does := k.form != nil || k.control != nil
		if does == (k.Refused != "" || k.Ignored != "") || k.form != nil && k.control != nil {
			t.Errorf("key %q does nothing, or two things", k.Name)
		}
	}
}
