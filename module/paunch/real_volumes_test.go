//go:build realpodman

package paunch_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// volumeImage makes an image that declares VOLUMEs and has a file called seed in each, and returns its name.
func volumeImage(t *testing.T, tag string, volumes ...string) string {
	t.Helper()
	name := "localhost/volumes:" + tag
	script := "true"
	words := []string{"commit", "--quiet"}
	for _, v := range volumes {
		script += "; mkdir -p " + v + "; echo " + tag + " >" + v + "/seed"
		words = append(words, "--change", "VOLUME "+v)
	}
	bed.Output(t, "run", "--name", "made-"+tag, "--net", "none", testbed.Image, "sh", "-c", script)
	bed.Output(t, append(words, "made-"+tag, name)...)
	bed.Output(t, "rm", "made-"+tag)
	return name
}

// mounted are the volumes of a container, by path.
func mounted(t *testing.T, container string) map[string]string {
	t.Helper()
	var mounts []struct{ Type, Name, Destination string }
	if err := json.Unmarshal([]byte(bed.Output(t, "inspect", "--format", "{{json .Mounts}}", container)), &mounts); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range mounts {
		if m.Type == "volume" {
			out[m.Destination] = m.Name
		}
	}
	return out
}

func cat(t *testing.T, container, path string) string {
	t.Helper()
	return bed.Output(t, "exec", container, "cat", path)
}

func put(t *testing.T, container, path, text string) {
	t.Helper()
	bed.Output(t, "exec", container, "sh", "-c", "echo "+text+" >"+path)
}

func TestAReplacedServiceKeepsTheDataInItsAnonymousVolumes(t *testing.T) {
	bed.Clean(t)
	one, two := volumeImage(t, "one", "/var/lib/db"), volumeImage(t, "two", "/var/lib/db/", "/data")
	entry := func(more ...any) config {
		return with(service("image", one, "volumes", []any{"/data"}, "mounts", []any{"type=volume,dst=/mnt/more"}), more...)
	}
	req := request(t, config{"db": entry()})
	must(t, req)
	for _, dir := range []string{"/var/lib/db", "/data", "/mnt/more"} {
		put(t, "db", dir+"/seed", "precious")
	}
	before := mounted(t, "db")
	diff(t, "volumes", 3, len(before))
	volumes := bed.Output(t, "volume", "ls", "--quiet")

	for name, changed := range map[string]config{
		"its environment": entry("environment", config{"A": 1}), "its image": entry("image", two), "prepared beside the other": entry("net", "none"),
	} {
		req.Config["db"] = changed
		result := exactly(t, req)
		diff(t, name+": action", "recreated", actions(result)["db"])
		diff(t, name+": volumes", before, mounted(t, "db"))
		for path := range before {
			diff(t, name+": data in "+path, "precious", cat(t, "db", path+"/seed"))
		}
		diff(t, name+": carried volumes", []string{before["/data"] + ":/data", before["/mnt/more"] + ":/mnt/more", before["/var/lib/db"] + ":/var/lib/db"}, result.Containers[0].CarriedVolumes)
		diff(t, name+": again", false, exactly(t, req).Changed)
	}
	diff(t, "no volume came or went", volumes, bed.Output(t, "volume", "ls", "--quiet"))
	for path, volume := range before {
		diff(t, path+" is anonymous still", "true", bed.Output(t, "volume", "inspect", "--format", "{{.Anonymous}}", volume))
	}
}

func TestAnonymousVolumesAreKeptInEveryKindOfReplacement(t *testing.T) {
	bed.Clean(t)
	image := volumeImage(t, "kinds", "/var/lib/db")
	script := "cat /var/lib/db/seed; echo precious >/var/lib/db/seed"
	req := request(t, config{
		"job": job(script, "image", image), "failed": job(script+"; exit 1", "image", image), "renamed": service("image", image),
		"held": with(service("image", image), "restart", nil, "state", "stopped"), "was": service("image", image, "stop_signal", "KILL"),
		"stopped": service("image", image, "stop_signal", "KILL"),
	})
	mustFail(t, req, "exit code 1")
	req.Config["failed"] = job(script, "image", image)
	must(t, req)
	legacy(t, req, "old", service("image", image, "volumes", []any{}))
	volumes := map[string]map[string]string{}
	for _, c := range ps(t) {
		volumes[c.Names[0]] = mounted(t, c.ID)
		diff(t, c.Names[0]+" has a volume", 1, len(volumes[c.Names[0]]))
	}
	bed.Output(t, "rename", "renamed", "somewhere")
	bed.Output(t, "stop", "stopped", "was")

	changed := config{"environment": config{"A": 1}}
	for name, c := range map[string]config{
		"job": job(script, "image", image), "failed": job(script, "image", image), "renamed": service("image", image),
		"held": with(service("image", image), "restart", nil, "state", "stopped"), "was": job(script, "image", image),
		"stopped": service("image", image, "stop_signal", "KILL"), "old": service("image", image),
	} {
		req.Config[name] = with(c, "environment", changed["environment"])
	}
	result := exactly(t, req)
	for _, c := range result.Containers {
		diff(t, c.Name+": action and volume", []any{"recreated", volumes[c.Name]}, []any{c.Action, mounted(t, c.Name)})
		if c.Name == "job" || c.Name == "failed" {
			diff(t, c.Name+" found its data", "precious", c.Stdout)
		}
	}
	diff(t, "again", false, exactly(t, req).Changed)
}

func TestRenewAnonVolumesAndNamedOnesAreAskedFor(t *testing.T) {
	bed.Clean(t)
	image := volumeImage(t, "asked", "/var/lib/db")
	bed.Output(t, "volume", "create", "dbdata")
	for name, c := range map[string]struct {
		more []any
		says string // a warning
		want string
	}{
		"renewed":           {[]any{"renew_anon_volumes", true, "environment", config{"A": 1}}, "", "asked"},
		"named":             {[]any{"volumes", []any{"dbdata:/var/lib/db"}}, "the entry mounts something else there", "asked"},
		"in memory":         {[]any{"tmpfs", "/var/lib/db", "command", []any{"sh", "-c", "echo mine >/var/lib/db/seed; " + runs}}, "the entry mounts something else there", "mine"},
		"without the image": {[]any{"image_volume", "ignore"}, "image_volume is ignore", "asked"},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(t, config{"db": service("image", image)})
			req.ManagedBy = "renew"
			must(t, req)
			put(t, "db", "/var/lib/db/seed", "precious")
			old := mounted(t, "db")["/var/lib/db"]
			req.Config["db"] = service(append([]any{"image", image}, c.more...)...)
			result := exactly(t, req)
			diff(t, "data", c.want, cat(t, "db", "/var/lib/db/seed"))
			diff(t, "carried", 0, len(result.Containers[0].CarriedVolumes))
			diff(t, "a warning", c.says != "", slices.ContainsFunc(result.Warnings, func(w string) bool { return strings.Contains(w, c.says) && strings.Contains(w, old) }))
			diff(t, "the old volume is kept", old, bed.Output(t, "volume", "inspect", "--format", "{{.Name}}", old))
			diff(t, "again", false, exactly(t, req).Changed)
			bed.Output(t, "rm", "--force", "db")
		})
	}
}

func TestAReplacementThatIsRolledBackSharesTheVolumeAndLosesNothing(t *testing.T) {
	bed.Clean(t)
	one, two := volumeImage(t, "back", "/var/lib/db", "/other"), volumeImage(t, "forth", "/var/lib/db", "/other")
	req := request(t, config{"db": service("image", one)})
	must(t, req)
	put(t, "db", "/var/lib/db/seed", "precious")
	before := mounted(t, "db")
	req.Config["db"] = service("image", two, "restart", "on-failure:1", "command", []any{"sh", "-c", "cat /var/lib/db/seed; exit 7"})
	result := mustFail(t, req, "exit code 7")
	diff(t, "rolled back", []any{true, "precious"}, []any{result.Containers[0].RolledBack, strings.Fields(result.Containers[0].Stdout)[0]})
	diff(t, "volumes", before, mounted(t, "db"))
	diff(t, "data", "precious", cat(t, "db", "/var/lib/db/seed"))
	bed.Output(t, "exec", "db", "sh", "-c", "rm /other/seed")
	req.Config["db"] = service("image", two)
	must(t, req)
	diff(t, "an emptied volume", "", bed.Output(t, "exec", "db", "ls", "/other"))
}

func TestVolumesFromFollowTheContainerThatTheyAreFrom(t *testing.T) {
	bed.Clean(t)
	image := volumeImage(t, "from", "/var/lib/db")
	c := func(more ...any) config {
		return config{
			"db":    service(append([]any{"image", image}, more...)...),
			"guest": service(append([]any{"image", image, "volumes_from", "db", "volumes", []any{"/own"}, "start_order", 1}, more...)...),
		}
	}
	req := request(t, c())
	must(t, req)
	put(t, "db", "/var/lib/db/seed", "precious")
	put(t, "guest", "/own/seed", "mine")
	before := mounted(t, "guest")
	req.Config = c("environment", config{"A": 1})
	exactly(t, req)
	diff(t, "volumes of the guest", before, mounted(t, "guest"))
	diff(t, "data", "precious mine", cat(t, "guest", "/var/lib/db/seed")+" "+cat(t, "guest", "/own/seed"))

	req.Config = c("environment", config{"A": 2})
	with(req.Config["db"].(config), "renew_anon_volumes", true)
	exactly(t, req)
	diff(t, "the guest sees the new volume of the other", mounted(t, "db")["/var/lib/db"], mounted(t, "guest")["/var/lib/db"])
	diff(t, "and keeps its own", before["/own"], mounted(t, "guest")["/own"])
	diff(t, "data", "from mine", cat(t, "guest", "/var/lib/db/seed")+" "+cat(t, "guest", "/own/seed"))
}

func TestOnlyWhatIsReplacedIsLookedAtForItsVolumes(t *testing.T) {
	bed.Clean(t)
	proxy := testbed.NewProxy(t, bed.Socket())
	c := config{}
	for _, name := range []string{"a", "b", "c", "d"} {
		c[name] = config{"image": testbed.Image, "net": "none", "detach": false, "command": "true", "volumes": []any{"/data"}}
	}
	req := request(t, c)
	must(t, req)
	req.PodmanURL, req.Check = proxy.URL, true
	with(c["a"].(config), "user", "root")
	if _, err := paunch.Plan(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	inspections := 0
	for _, r := range proxy.Requests() {
		if strings.Contains(r, "/containers/") && strings.HasSuffix(r, "/json") && !strings.Contains(r, "/containers/json") {
			inspections++
		}
	}
	diff(t, "containers that are inspected", 1, inspections)
}
