package applytest

import (
	"context"
	"slices"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
)

// Update implements apply.Runtime. As with Podman, one that is refused is noted for the next start all the same.
func (f *Fake) Update(ctx context.Context, r apply.UpdateRequest) error {
	return f.with(ctx, "update", r.Container, "", func(c *container) error {
		options := slices.DeleteFunc(slices.Clone(c.entry.Options), func(o config.Option) bool {
			return slices.Contains(r.Without, o.Flag) || slices.ContainsFunc(r.Options, func(n config.Option) bool { return n.Flag == o.Flag })
		})
		c.entry.Options = append(options, r.Options...)
		if r.Restart != "" {
			c.entry.Restart = r.Restart
		}
		if answer := f.behaviour(c).UpdateErr; answer != nil {
			return answer(r)
		}
		return nil
	})
}

// Option returns the values that a container has of an option, as its next start would have them.
func (f *Fake) Option(nameOrID, flag string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.find(nameOrID)
	if err != nil {
		return nil
	}
	return c.entry.Option(flag)
}
