package change

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/wire"
)

// Formats are the messages or blobs before and after a change: what readers of one make of the other is then
// computed, by [wire.Compare].
type Formats struct {
	Old wire.Format `json:"old"`
	New wire.Format `json:"new"`
}

// takes says whether readers of the old take the new, and of the new the old: from the formats, or as it is given.
func (f *Formats) takes(oldReadsNew, newReadsOld schema.Verdict) (old, new bool) {
	if f != nil {
		oldReadsNew, newReadsOld = wire.Worst(wire.Compare(f.New, f.Old)), wire.Worst(wire.Compare(f.Old, f.New))
		return oldReadsNew == schema.OK, newReadsOld == schema.OK
	}
	return oldReadsNew == schema.OK, newReadsOld == schema.OK
}

// check refuses formats that are not valid, and verdicts beside them.
func (f *Formats) check(p *problems, oldReadsNew, newReadsOld schema.Verdict) {
	for _, v := range []struct {
		field string
		is    schema.Verdict
	}{{"oldReadsNew", oldReadsNew}, {"newReadsOld", newReadsOld}} {
		p.must(f == nil || v.is == "", v.field, v.is, "is computed from the formats, and must not be given beside them")
	}
	if f == nil {
		return
	}
	for _, one := range []struct {
		field  string
		format wire.Format
	}{{"old", f.Old}, {"new", f.New}} {
		p.all.Join(fmt.Sprintf("%sformats.%s", p.path, one.field), one.format.Validate())
	}
}
