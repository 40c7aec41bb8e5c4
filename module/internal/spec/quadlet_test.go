package spec

import (
	"testing"

	"github.com/spf13/pflag"
	commonconfig "go.podman.io/common/pkg/config"

	"github.com/overcloud/paunch/module/internal/quadlet"
)

func TestQuadletReadsEachFlagAsPodmanDoes(t *testing.T) {
	p, err := read(nil, &commonconfig.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p.VisitAll(func(f *pflag.Flag) {
		kind := f.Value.Type()
		if takesNone := f.NoOptDefVal == "true"; takesNone != quadlet.Bool(f.Name) {
			t.Errorf("--%s is a %s: Bool reports %v", f.Name, kind, !takesNone)
		}
		if repeated := kind == "stringArray" || kind == "stringSlice"; repeated != quadlet.Repeated(f.Name) {
			t.Errorf("--%s is a %s: Repeated reports %v", f.Name, kind, !repeated)
		}
	})
}
