package paunch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sort"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// saltOf returns the salt that this manager's containers on the host already use, so that each secret
// costs one slow digest and not one for each container; a fresh one on a fresh host.
func saltOf(state observed.State, managedBy string) string {
	var salts []string
	note := func(labels map[string]string) {
		if s := labels[record.LabelSalt]; s != "" && labels[record.LabelManagedBy] == managedBy {
			salts = append(salts, s)
		}
	}
	for _, c := range state.Containers {
		note(c.Labels)
	}
	for _, secret := range state.Resources[string(config.Secret)] {
		note(secret.Labels)
	}
	if len(salts) > 0 {
		sort.Strings(salts)
		return salts[0]
	}
	return randomHex(record.SaltBytes)
}

// execute pulls what is missing, looks at the images again, and carries the plan out.
func (r *run) execute(ctx context.Context, p plan.Plan) error {
	if err := r.makeLogs(p); err != nil {
		return err
	}
	var units apply.Units
	if r.units != nil {
		units = r.units
	}
	x := apply.New(r.client, units, r.applyOptions())
	if len(p.Pulls) > 0 {
		end := r.phase("pull")
		pulled, err := x.PullWithin(ctx, r.req.PullTimeout, p.Pulls)
		end()
		r.pulled(pulled)
		if err != nil {
			r.planned(p)
			r.notReached(p, pulled, err)
			return many.Kind(ErrPull, many.Within("not every image could be pulled; no container was touched", err))
		}
		if p, err = r.replan(ctx); err != nil {
			return err
		}
	}
	r.planned(p)
	r.report(x.Run(ctx, p))
	if n := r.count(plan.NotReached); n > 0 && !r.result.Failed {
		return many.Kind(ErrInterrupted, fmt.Errorf("%s: the run was interrupted; %d not reached", r.title(), n))
	}
	return nil
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, as crypto/rand documents
	return hex.EncodeToString(b)
}

// randomSuffix returns n random characters [a-z0-9].
func randomSuffix(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, as crypto/rand documents
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}
