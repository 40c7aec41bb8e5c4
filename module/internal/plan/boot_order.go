package plan

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// bootOrder is the order in which systemd starts the services of a step when the host boots: that of an apply.
type bootOrder struct {
	orders []int            // the waves that have services, in order
	units  map[int][]string // by wave: their units, sorted
	needs  map[string]int   // by unit: the latest wave that it is started after, in whatever way
}

// bootOrder settles what the units of later waves are ordered after. A unit of a name that is not the entry's is left out: it
// is only known when it is there.
func (u *united) bootOrder() bootOrder {
	b := bootOrder{units: map[int][]string{}, needs: map[string]int{}}
	for _, d := range u.list {
		unit := u.unitName(d)
		if unit == "" || d.naming == unique || d.finalName() != d.entry.Name {
			continue
		}
		b.units[d.entry.StartOrder] = append(b.units[d.entry.StartOrder], unit)
		b.needs[unit] = d.entry.StartOrder
	}
	for order, units := range b.units {
		slices.Sort(units)
		b.orders = append(b.orders, order)
	}
	slices.Sort(b.orders)
	u.followNeeds(b)
	return b
}

// followNeeds finds units that come after later waves, because of what they depend on: nothing of those waves may be ordered
// after them, or systemd would meet a circle and leave one of them out.
func (u *united) followNeeds(b bootOrder) {
	for changed := true; changed; {
		changed = false
		for _, d := range u.list {
			unit := u.unitName(d)
			need, known := b.needs[unit]
			if !known {
				continue
			}
			for _, other := range u.unitsBefore(*d.entry) {
				need = max(need, b.needs[other])
			}
			changed = changed || need > b.needs[unit]
			b.needs[unit] = need
		}
	}
}

// unitsBefore are the units that an entry's unit is ordered after by its own words.
func (u *united) unitsBefore(e config.Entry) []string {
	units := append(u.unitsNamed(e.DependsOn), u.targetUnits(e, config.Reference.Binds)...)
	for i, name := range units {
		if !strings.Contains(name, ".") {
			units[i] = name + ".service"
		}
	}
	return units
}

// afterWave returns the units that an entry's unit is ordered after at boot: those of the wave before. Where only some
// entries of the step are known, it is as before.
func (u *united) afterWave(d decision, now observed.Unit) []string {
	if u.o.Selected {
		return unitfile.AfterWave(now.Text)
	}
	at := slices.Index(u.boot.orders, d.entry.StartOrder)
	if at < 1 {
		return nil
	}
	var units []string
	for _, unit := range u.boot.units[u.boot.orders[at-1]] {
		if u.boot.needs[unit] < d.entry.StartOrder {
			units = append(units, unit)
		}
	}
	return units
}

// bootHealthTimeout is how many seconds a unit waits for its container's health at boot where the entry says nothing.
const bootHealthTimeout = 300

// readyWithin is how many seconds the unit of an entry waits at boot until its container is healthy, 0 where it is not gated.
func (u *united) readyWithin(e config.Entry) uint {
	switch {
	case !u.gate(e):
		return 0
	case e.HealthTimeout > 0:
		return uint(max(1, e.HealthTimeout.Seconds()))
	}
	return bootHealthTimeout
}
