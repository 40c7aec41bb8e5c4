//go:build realpodman

package paunch_test

import (
	"slices"
	"strings"
	"testing"
)

func TestARenamedEntryKeepsTheDataInItsAnonymousVolumes(t *testing.T) {
	bed.Clean(t)
	image := volumeImage(t, "one", "/var/lib/db")
	entry := func(more ...any) config {
		return with(service("image", image, "environment", config{"DB_PASSWORD": "sesame-street-7"}), more...)
	}
	req := request(t, config{"db": entry()})
	must(t, req)
	put(t, "db", "/var/lib/db/seed", "precious")
	before := mounted(t, "db")

	req.Config, req.Check = config{"database": entry("user", "root")}, true
	if w := strings.Join(must(t, req).Warnings, "\n"); !strings.Contains(w, before["/var/lib/db"]) {
		t.Errorf("one that was changed, too: no warning names the volume: %q", w)
	}

	req.Config, req.Check = config{"database": entry()}, false
	result := exactly(t, req)
	diff(t, "actions", map[string]string{"database": "created", "db": "removed"}, actions(result))
	diff(t, "volumes", before, mounted(t, "database"))
	diff(t, "the data", "precious", cat(t, "database", "/var/lib/db/seed"))
	diff(t, "carried", true, slices.ContainsFunc(result.Containers[0].CarriedVolumes, func(v string) bool { return strings.HasSuffix(v, ":/var/lib/db") }))
	diff(t, "again", false, must(t, req).Changed)
}

func TestARenamedEntryThatFailsGivesItsVolumesBack(t *testing.T) {
	bed.Clean(t)
	image := volumeImage(t, "one", "/var/lib/db")
	marked := "test ! -e /var/lib/db/broken || exit 3; " + runs
	entry := service("image", image, "command", []any{"sh", "-c", marked})
	req := request(t, config{"db": entry})
	must(t, req)
	put(t, "db", "/var/lib/db/broken", "yes")
	req.Config = config{"database": entry}
	mustFail(t, req, `container "database"`, "exit code 3")
	diff(t, "what came back", "db", strings.Fields(listed(t)[0])[0])
	bed.Output(t, "volume", "inspect", mounted(t, "db")["/var/lib/db"])
}
