package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRelativePathsAreBelowTheConfigFile(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		flag string
		want []string
	}{
		"sources of volumes":        {raw{"volumes": []any{"./data:/d:ro", "../up:/u", ".:/here", "..:/above", "/abs:/a", "named:/n", "/anonymous"}}, "volume", []string{"/etc/step/data:/d:ro", "/etc/up:/u", "/etc/step:/here", "/etc:/above", "/abs:/a", "named:/n", "/anonymous"}},
		"sources of mounts":         {raw{"mounts": []any{"type=bind,src=data,dst=/d,ro", "source=./x,type=glob,dst=/g", "type=volume,src=v,dst=/v", "type=bind,src=/abs,dst=/a"}}, "mount", []string{"type=bind,src=/etc/step/data,dst=/d,ro", "source=/etc/step/x,type=glob,dst=/g", "type=volume,src=v,dst=/v", "type=bind,src=/abs,dst=/a"}},
		"files of variables":        {raw{"env_file": []any{"web.env", "/abs.env"}}, "env-file", []string{"/etc/step/web.env", "/abs.env"}},
		"files of labels":           {raw{"label_file": "web.labels"}, "label-file", []string{"/etc/step/web.labels"}},
		"log files":                 {raw{"log_opt": raw{"path": "logs/web.log", "tag": "a/b"}}, "log-opt", []string{"path=/etc/step/logs/web.log", "tag=a/b"}},
		"seccomp profiles":          {raw{"security_opt": []any{"seccomp=web.json", "label=disable"}}, "security-opt", []string{"seccomp=/etc/step/web.json", "label=disable"}},
		"no profile at all":         {raw{"security_opt": "seccomp=unconfined"}, "security-opt", []string{"seccomp=unconfined"}},
		"a hosts file":              {raw{"hosts_file": "hosts"}, "hosts-file", []string{"/etc/step/hosts"}},
		"the image's hosts file":    {raw{"hosts_file": "image"}, "hosts-file", []string{"image"}},
		"devices":                   {raw{"devices": []any{"./dev:/dev/x:rw", "./dev", "/dev/null", "vendor.com/gpu=all"}}, "device", []string{"/etc/step/dev:/dev/x:rw", "/etc/step/dev", "/dev/null", "vendor.com/gpu=all"}},
		"the path of a namespace":   {raw{"net": "ns:netns/a"}, "network", []string{"ns:/etc/step/netns/a"}},
		"the scripts of a check":    {raw{"healthcheck": raw{"test": "x", "mount": "./scripts"}}, "volume", []string{"/etc/step/scripts:/openstack:ro,z"}},
		"a directory of check logs": {raw{"health_cmd": "x", "health_log_destination": "./logs"}, "health-log-destination", []string{"/etc/step/logs"}},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, err := DecodeEntry("web", "/etc/step/web.yml", withImage(tc.keys), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, e.Option(tc.flag)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRelativePathsOfInlineConfigsAreRefused(t *testing.T) {
	for key, v := range map[string]any{
		"volumes": "./a:/a", "mounts": "type=bind,src=a,dst=/a", "env_file": "a", "label_file": "a", "log_opt": raw{"path": "a"},
		"security_opt": "seccomp=a.json", "hosts_file": "a", "init_path": "a", "devices": "./a", "net": "ns:a",
	} {
		_, _, err := DecodeEntry("web", "", withImage(raw{key: v}), Options{})
		problems := Problems(err)
		if len(problems) != 1 || problems[0].Key != key || problems[0].Text != errRelative.Error() {
			t.Errorf("%s: got %v", key, err)
		}
	}
}

func TestAnImageIsTheNameThatPodmanWouldPull(t *testing.T) {
	for in, want := range map[string]string{
		"docker://quay.io/a/b:1": "quay.io/a/b:1", "docker://localhost/a": "localhost/a", "docker://busybox": "docker.io/library/busybox",
		"docker://kolla/web:2": "docker.io/kolla/web:2", "containers-storage:localhost/a": "localhost/a", "oci:1": "oci:1", "busybox": "busybox",
	} {
		if e := entry(t, raw{"image": in}); e.Image != want {
			t.Errorf("%s: got %s, want %s", in, e.Image, want)
		}
	}
}
