package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/release"
)

func TestOptionsThatThePodmanDoesNotKnowAreRefusedWithBothVersions(t *testing.T) {
	for name, tc := range map[string]struct {
		keys    raw
		version string
		want    string // "" = taken
	}{
		"a new flag":                       {raw{"no_hostname": true}, "4.3.1", `key "no_hostname": --no-hostname needs Podman 5.4; this is 4.3.1`},
		"a new flag that is off":           {raw{"no_hostname": false}, "4.3.1", ""},
		"a new flag of the same release":   {raw{"no_hostname": true}, "5.4.0-rc1", ""},
		"a new flag of a later release":    {raw{"no_hostname": true}, "5.8.6", ""},
		"a distribution's version":         {raw{"group_entry": "x"}, "4.4.1-rhel", `key "group_entry": --group-entry needs Podman 4.5; this is 4.4.1-rhel`},
		"a version that cannot be read":    {raw{"no_hostname": true}, "unknown", ""},
		"a hosts file":                     {raw{"hosts_file": "none"}, "4.9.4", `key "hosts_file": --hosts-file needs Podman 5.0; this is 4.9.4`},
		"a startup check":                  {raw{"health_cmd": "x", "health_startup_cmd": "x"}, "4.3.1", `key "health_startup_cmd": --health-startup-cmd needs Podman 4.4; this is 4.3.1`},
		"the host's address":               {raw{"extra_hosts": raw{"a": "host-gateway"}}, "4.6.0", `key "extra_hosts": host-gateway needs Podman 4.7; this is 4.6.0`},
		"any other address":                {raw{"extra_hosts": raw{"a": "10.0.0.1"}}, "4.3.1", ""},
		"several names of an address":      {raw{"extra_hosts": "a;b:10.0.0.1"}, "5.2.0", `key "extra_hosts": more than one name of an address needs Podman 5.3; this is 5.2.0`},
		"a nested label":                   {raw{"security_opt": "label=nested"}, "4.4.0", `key "security_opt": label=nested needs Podman 4.5; this is 4.4.0`},
		"readiness by health":              {raw{"sdnotify": "healthy"}, "4.3.1", `key "sdnotify": healthy needs Podman 4.7; this is 4.3.1`},
		"pasta":                            {raw{"net": "pasta:--mtu,1500"}, "4.3.1", `key "net": pasta needs Podman 4.4; this is 4.3.1`},
		"an option of a network":           {raw{"net": "a:ip=10.0.0.1,host_interface_name=x"}, "5.3.0", `key "net": the option host_interface_name of a network needs Podman 5.4; this is 5.3.0`},
		"old options of a network":         {raw{"net": "a:ip=10.0.0.1,alias=b"}, "4.3.1", ""},
		"options of a mode":                {raw{"net": "slirp4netns:mtu=1400"}, "4.3.1", ""},
		"a part of a volume":               {raw{"mounts": "type=volume,src=v,dst=/v,subpath=/x"}, "5.3.2", `key "mounts": subpath needs Podman 5.4; this is 5.3.2`},
		"a part of an image":               {raw{"mounts": "type=image,src=i,dst=/i,subpath=/x"}, "5.0.0", `key "mounts": subpath needs Podman 5.1; this is 5.0.0`},
		"an artifact":                      {raw{"mounts": "type=artifact,src=a,dst=/a"}, "5.4.2", `key "mounts": type=artifact needs Podman 5.5; this is 5.4.2`},
		"a link itself":                    {raw{"mounts": "type=bind,src=/a,dst=/a,no-dereference"}, "4.9.0", `key "mounts": no-dereference needs Podman 5.0; this is 4.9.0`},
		"a mount that every release takes": {raw{"mounts": "type=bind,src=/a,dst=/a,ro"}, "4.3.1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tc.keys["image"] = "x"
			err := CheckRelease([]config.Entry{decode(t, tc.keys)}, tc.version)
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (err == nil || err.Error() != `container "web": `+tc.want+" (web.json)"):
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestEveryOptionThatIsTooNewIsReported(t *testing.T) {
	entries := []config.Entry{decode(t, raw{"image": "x", "no_hostname": true, "hosts_file": "none"}), decode(t, raw{"image": "x", "rdt_class": "a"})}
	if problems := config.Problems(CheckRelease(entries, "4.3.1")); len(problems) != 3 {
		t.Errorf("got %v", problems)
	}
}

func TestNoLimitOfSwapReachesTheServiceAsTheLargestAmount(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		want any
	}{
		"none, with a limit of memory":    {raw{"memory": "1g", "memory_swap": -1}, noLimit},
		"none, by paunch's name":          {raw{"mem_limit": "1g", "memswap_limit": "-1"}, noLimit},
		"none, without a limit of memory": {raw{"memory_swap": -1}, nil},
		"some":                            {raw{"memory": "1g", "memory_swap": "3g"}, int64(3 << 30)},
		"unsaid":                          {raw{"memory": "1g"}, int64(2 << 30)},
	} {
		t.Run(name, func(t *testing.T) {
			tc.keys["image"] = "x"
			s, err := Generate(Request{Entry: decode(t, tc.keys), Name: "web"})
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if s.ResourceLimits != nil && s.ResourceLimits.Memory != nil && s.ResourceLimits.Memory.Swap != nil {
				got = *s.ResourceLimits.Memory.Swap
			}
			if got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestAReadOnlyContainerOfAnOlderPodmanHasItsTmpfsFromUs(t *testing.T) {
	for name, tc := range map[string]struct {
		keys    raw
		version string
		want    []string
	}{
		"an older one":                  {raw{"read_only": true}, "4.3.1", []string{"/run", "/tmp", "/var/tmp"}},
		"where something else is there": {raw{"read_only": true, "tmpfs": "/tmp", "volumes": []any{"v:/run", "/x:/var/tmp:O"}}, "4.3.1", []string{"/tmp"}},
		"switched off":                  {raw{"read_only": true, "read_only_tmpfs": false}, "4.3.1", nil},
		"a writable one":                {raw{}, "4.3.1", nil},
		"the service's own work":        {raw{"read_only": true}, "4.4.0", nil},
		"the newest":                    {raw{"read_only": true}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			tc.keys["image"] = "x"
			s, err := Generate(Request{Entry: decode(t, tc.keys), Name: "web", Version: tc.version})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range s.Mounts {
				got = append(got, m.Destination)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheOlderWordForImageVolumesIsTaken(t *testing.T) {
	s, err := Generate(Request{Entry: decode(t, raw{"image": "x", "image_volume": "bind"}), Name: "web"})
	if err != nil || s.ImageVolumeMode != "anonymous" {
		t.Errorf("got %v %v", s, err)
	}
}

func TestNoLimitOfProcessesIsSaidInTheWordsOfTheRelease(t *testing.T) {
	for version, want := range map[string]int64{"4.3.1": 0, "5.3.0": 0, "5.4.0": -1, "": -1} {
		s, err := Generate(Request{Entry: decode(t, raw{"image": "x", "pids_limit": -1}), Name: "web", Version: version})
		if err != nil || s.ResourceLimits.Pids.Limit != want {
			t.Errorf("%s: got %v, %v", version, s.ResourceLimits.Pids, err)
		}
	}
}

// The table is about the flags that the oldest Podman's command line lacks; each must belong to a key.
func TestTheFlagsOfNewerReleasesAreFlagsOfKeys(t *testing.T) {
	known := map[string]bool{}
	for _, k := range config.Keys() {
		known[k.Flag] = true
	}
	for flag, since := range newFlags() {
		if !known[flag] || since.Before(release.New(4, 3)) || strings.HasPrefix(flag, "-") {
			t.Errorf("%s since %s", flag, since)
		}
	}
}
