package paunch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// warnClear warns about containers that stay as they are and whose label records a secret in clear: a version that
// knew fewer secrets has written it. The warning has the keys, not the values.
func (r *run) warnClear(p plan.Plan) {
	for _, op := range p.Ops() {
		if op.Current == nil || op.Entry == nil || op.Action == plan.Recreated {
			continue
		}
		recorded, err := record.Parse(op.Current.Labels[record.LabelConfig])
		if err != nil {
			continue // what cannot be read is compared elsewhere
		}
		keys := recorded.Open(r.masker.Find)
		if len(keys) == 0 {
			continue
		}
		own, err := record.Parse(r.digests.Labels(*op.Entry, r.req.ManagedBy, r.req.ConfigID, r.salt, r.masker.Find)[record.LabelConfig])
		if err == nil { // what this version too writes in clear is none to it
			clear := own.Open(r.masker.Find)
			keys = slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(clear, key) })
		}
		if len(keys) > 0 {
			r.result.Warnings = append(r.result.Warnings, fmt.Sprintf(
				"container %q: its label %s has a secret of %s in clear, which an older version wrote; re-create the container (podman rm -f %s, then apply) and change the secret",
				op.Name, record.LabelConfig, strings.Join(keys, ", "), op.Current.Name))
		}
	}
}
