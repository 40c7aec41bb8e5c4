package paunch

import (
	"time"

	"github.com/overcloud/paunch/module/internal/observed"
)

// How far the time at which the storage got a container may lie from the time at which its create began: an
// image may have to be copied in between.
const (
	leftoverEarly = 2 * time.Second
	leftoverLate  = 15 * time.Minute
)

// clearingTimeout is how long a run waits for the managers that clear their own leftovers, one after the other.
const clearingTimeout = 30 * time.Second

// markAbandoned notes which of the leftovers come from interrupted creates of this manager, whose lock this
// run holds: nobody can be at those any more.
func (r *run) markAbandoned(leftovers []observed.Leftover) {
	for i := range leftovers {
		l := &leftovers[i]
		if began, ok := r.interrupted[l.Name]; ok {
			after := l.CreatedAt.Sub(began)
			l.Abandoned = l.Abandoned || after > -leftoverEarly && after < leftoverLate
		}
	}
}
