package plan

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// LeftVolume is an anonymous volume of a replaced container that the new one does not mount.
type LeftVolume struct {
	config.AnonymousVolume
	Why string
}

// Inspections returns the containers whose volumes have to be looked at before Carry: those that are re-created,
// and those that these take volumes from. And the images whose VOLUMEs matter then.
func (p Plan) Inspections() (containers, images []string) {
	ids, refs := map[string]bool{}, map[string]bool{}
	for _, op := range p.Ops() {
		if !op.carries() {
			continue
		}
		ids[op.former().ID], refs[op.Entry.Image] = true, true
		for _, id := range op.VolumesFrom {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids)), slices.Sorted(maps.Keys(refs))
}

// carries reports whether the op's new container takes over the anonymous volumes of the one before.
func (op Op) carries() bool {
	former := op.former()
	return op.IsNew() && former != nil && former.Labels[record.LabelDone] == "" &&
		op.Entry != nil && op.Entry.Kind != config.Exec && !op.Entry.RenewAnonVolumes
}

// Carry returns the plan with the anonymous volumes that each re-created container takes over from the one before.
func (p Plan) Carry(seen observed.Volumes) Plan {
	p.Waves = slices.Clone(p.Waves)
	for w := range p.Waves {
		p.Waves[w].Ops = slices.Clone(p.Waves[w].Ops)
		for i := range p.Waves[w].Ops {
			op := &p.Waves[w].Ops[i]
			if !op.carries() {
				continue
			}
			if why := seen.Unknown[op.former().ID]; why != "" {
				p.Warnings = append(p.Warnings, fmt.Sprintf(warnVolumesUnread, op.Name, op.former().Name, why))
				continue
			}
			op.carry(seen)
			for _, l := range op.Left {
				p.Warnings = append(p.Warnings, fmt.Sprintf(warnVolumeLeft, op.Name, l.Name, l.Path, l.Why))
			}
		}
	}
	return p
}

// carry decides about each anonymous volume of the current container.
func (op *Op) carry(seen observed.Volumes) {
	mounts := slices.Clone(seen.Mounts[op.former().ID])
	slices.SortFunc(mounts, func(a, b observed.Mount) int { return cmp.Compare(a.Path, b.Path) })
	for _, m := range mounts {
		if !m.Anonymous || op.comesAlong(m, seen) {
			continue
		}
		v := config.AnonymousVolume{Name: m.Volume, Path: m.Path}
		if why := op.leaves(m, seen); why != "" {
			op.Left = append(op.Left, LeftVolume{v, why})
		} else {
			op.Carried = append(op.Carried, v)
		}
	}
}

// comesAlong reports whether a volume is there by volumes_from: it follows the container that it is from.
func (op *Op) comesAlong(m observed.Mount, seen observed.Volumes) bool {
	mounts, _ := op.Entry.MountsAt(m.Path)
	for _, id := range op.VolumesFrom {
		for _, theirs := range seen.Mounts[id] {
			if theirs.Volume == m.Volume || !mounts && path.Clean(theirs.Path) == path.Clean(m.Path) {
				return true
			}
		}
	}
	return false
}

// leaves says why a volume is not carried over, "" when it is.
func (op *Op) leaves(m observed.Mount, seen observed.Volumes) string {
	mounts, anonymous := op.Entry.MountsAt(m.Path)
	declared, known := seen.ImageVolumes[op.Entry.Image]
	isDeclared := slices.ContainsFunc(declared, func(v string) bool { return path.Clean(v) == path.Clean(m.Path) })
	switch {
	case m.Gone:
		return volumeGone
	case mounts && !anonymous:
		return volumeMounted
	case mounts:
		return ""
	case !op.Entry.HasImageVolumes():
		return fmt.Sprintf(volumeByImage, strings.Join(op.Entry.Option("image-volume"), " "))
	case known && !isDeclared:
		return volumeUndeclared
	}
	return "" // an image that is not here yet is taken to declare what the one before did
}
