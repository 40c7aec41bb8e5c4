package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestValidationCommandsAreReadInEverySpelling(t *testing.T) {
	for name, tc := range map[string]struct {
		value any
		want  [][]string
		says  string
	}{
		"a string":                   {value: `haproxy -c -f "/etc/my file"`, want: [][]string{{"haproxy", "-c", "-f", "/etc/my file"}}},
		"words":                      {value: []any{"nginx", "-t", 5, true}, want: [][]string{{"nginx", "-t", "5", "true"}}},
		"several commands":           {value: []any{[]any{"nginx", "-t"}, []any{"test", "-s", "/x"}}, want: [][]string{{"nginx", "-t"}, {"test", "-s", "/x"}}},
		"what a template left":       {value: ""},
		"no commands":                {value: []any{}},
		"null":                       {value: nil},
		"commands and words":         {value: []any{"nginx", []any{"-t"}}, says: "must be a command, or a list of commands of which each is a list of words"},
		"a command without a word":   {value: []any{[]any{"true"}, []any{}}, says: "command 2 names no program"},
		"a program without a name":   {value: []any{"", "-t"}, says: "command 1 names no program"},
		"blanks":                     {value: "  ", says: "command 1 names no program"},
		"a mapping":                  {value: raw{"a": 1}, says: "must be a list or a string, not a mapping"},
		"unbalanced quotes":          {value: `sh -c 'x`, says: "has unbalanced quotes"},
		"a mapping within a command": {value: []any{[]any{"a", raw{}}}, says: "command 1: element 2 must be a string, a number or a bool, not a mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			e, warnings, err := DecodeEntry("web", "", raw{"image": "web:1", "restart": "always", "validate": tc.value}, Options{})
			if tc.says != "" {
				if err == nil || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("error %v does not say %q", err, tc.says)
				}
				return
			}
			if err != nil || len(warnings) > 0 {
				t.Fatalf("%v %q", err, warnings)
			}
			if diff := cmp.Diff(tc.want, e.Validate); diff != "" {
				t.Error(diff)
			}
			if want := time.Minute; len(tc.want) > 0 && e.ValidateTimeout != want {
				t.Errorf("its timeout is %s, not %s", e.ValidateTimeout, want)
			}
		})
	}
}

func TestKeysOfAValidationThatCannotBeMeant(t *testing.T) {
	for says, keys := range map[string]raw{
		`key "validate": has no meaning for an exec`:               {"action": "exec", "command": "db true", "image": nil, "validate": "true"},
		`key "validate_network": has no meaning for an exec`:       {"action": "exec", "command": "db true", "image": nil, "validate_network": true},
		`key "validate_timeout": must be more than nothing`:        {"validate": "true", "validate_timeout": 0},
		`key "validate_timeout": must be a number of seconds or a`: {"validate": "true", "validate_timeout": "soon"},
		`key "validate_network": must be true or false`:            {"validate": "true", "validate_network": "bridge"},
	} {
		r := raw{"image": "web:1"}
		for k, v := range keys {
			r[k] = v
		}
		if _, _, err := DecodeEntry("web", "", r, Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
	_, warnings, err := DecodeEntry("web", "", raw{"image": "web:1", "validate_timeout": 5}, Options{})
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], `key "validate_timeout" has no effect without validate`) {
		t.Errorf("%v %q", err, warnings)
	}
}

func TestAValidatingContainerChangesNothingOnTheHost(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		want map[string][]string // by flag; an absent flag has no values
	}{
		"files of the host": {
			raw{"volumes": []any{"/a:/a", "/b:/b:rw,rshared,U,noexec", "/c:/c:ro,bind"}},
			map[string][]string{"volume": {"/a:/a:bind,ro", "/b:/b:noexec,bind,ro", "/c:/c:bind,ro"}},
		},
		"labels of files": {
			raw{"volumes": []any{"/a:/a:Z", "/b:/b:ro,z"}, "security_opt": "no-new-privileges"},
			map[string][]string{"volume": {"/a:/a:bind,ro", "/b:/b:bind,ro"}, "security-opt": {"no-new-privileges", "label=disable"}},
		},
		"an overlay":               {raw{"volumes": "/a:/a:O,upperdir=/u,workdir=/w"}, map[string][]string{"volume": {"/a:/a:O"}}},
		"volumes":                  {raw{"volumes": []any{"data:/data:U", "new:/new", "/anonymous"}}, map[string][]string{"volume": {"data:/data:nocopy,ro", "/anonymous"}}},
		"only a volume yet to be":  {raw{"volumes": "new:/new"}, map[string][]string{"volume": nil}},
		"volumes of another one":   {raw{"volumes_from": "db:rw,z"}, map[string][]string{"volumes-from": {"db:ro"}}},
		"a bind mount":             {raw{"mount": "type=bind,src=/a,dst=/b,rw=true,bind-propagation=rshared,relabel=private"}, map[string][]string{"mount": {"type=bind,src=/a,dst=/b,bind-nonrecursive=true,ro=true"}, "security-opt": {"label=disable"}}},
		"a read-only bind mount":   {raw{"mount": "type=bind,src=/a,dst=/b,readonly,U=true"}, map[string][]string{"mount": {"type=bind,src=/a,dst=/b,bind-nonrecursive=true,ro=true"}}},
		"a mounted volume":         {raw{"mount": "type=volume,src=v,dst=/v"}, map[string][]string{"mount": {"type=volume,src=v,dst=/v,ro=true"}}},
		"a mounted volume to be":   {raw{"mount": []any{"type=volume,src=new,dst=/v", "type=tmpfs,dst=/t"}}, map[string][]string{"mount": {"type=tmpfs,dst=/t"}}},
		"a writable image":         {raw{"mount": "type=image,src=i,dst=/i,rw=true"}, map[string][]string{"mount": {"type=image,src=i,dst=/i"}}},
		"no network":               {raw{"net": "host", "dns": "10.0.0.1", "ports": "80:80", "network_alias": "x"}, map[string][]string{"network": {"none"}, "dns": nil, "publish": nil, "network-alias": nil}},
		"its network":              {raw{"net": "host", "validate_network": true}, map[string][]string{"network": {"host"}}},
		"a network, not its place": {raw{"net": "back:ip=10.0.0.2,alias=x", "ports": "80:80", "dns": "10.0.0.1", "validate_network": true}, map[string][]string{"network": {"back"}, "publish": nil, "dns": {"10.0.0.1"}}},
		"of another container":     {raw{"net": "container:db", "pid": "container:db", "ipc": "host", "validate_network": true}, map[string][]string{"network": nil, "pid": nil, "ipc": {"host"}}},
		"nothing that lasts": {
			raw{"restart": "always", "healthcheck": raw{"test": "true"}, "log_driver": "journald", "log_opt": "tag=x", "labels": raw{"a": "b"}, "entrypoint": "/e", "tty": true, "stop_grace_period": 60},
			map[string][]string{"health-cmd": nil, "no-healthcheck": {"true"}, "log-driver": {"k8s-file"}, "log-opt": nil, "label": nil, "entrypoint": {""}, "tty": nil, "stop-timeout": {"0"}},
		},
		"who it is": {
			raw{"user": "web", "environment": raw{"A": 1}, "secrets": "tls", "privileged": true, "memory": "1g"},
			map[string][]string{"user": {"web"}, "env": {"A=1"}, "secret": {"tls"}, "privileged": {"true"}, "memory": {"1g"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			keys := raw{"image": "web:1", "validate": "web -t", "command": "web"}
			for k, v := range tc.keys {
				keys[k] = v
			}
			e, _, err := DecodeEntry("web", "", keys, Options{LogPath: "/var/log"})
			if err != nil {
				t.Fatal(err)
			}
			v := e.Validation(e.Validate[0], func(volume string) bool { return volume == "new" })
			got := map[string][]string{}
			for flag := range tc.want {
				got[flag] = v.Option(flag)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]any{OneShot, "", []string{"web", "-t"}}, []any{v.Kind, v.Restart, v.Command}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
