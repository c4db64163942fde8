package exposure

import (
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// perPoint is a basis point in parts per million.
const perPoint = bucket.Everybody / bucket.Share(strategy.Full)

// mirrors is the flag that mirrors. It has no good and no goal: its exposure is the share.
func (t *Target) mirrors(d document) (*lever, error) {
	l, err := d.lever(t.Mirror, t.Environment)
	if err != nil {
		return nil, err
	}
	if len(l.roll.Split) > 0 || l.roll.Serve == l.usual() {
		return nil, t.at(l, wrong("serve", "", "must be given, and not be the default variant: it says that work is mirrored"))
	}
	return l, nil
}

// mirrored is the share of mirrored work. One that is no whole number of basis points is
// rounded up: there is never more than is told.
func (t *Target) mirrored(d document) (strategy.Weight, error) {
	if t.Mirror == "" {
		return 0, nil
	}
	l, err := t.mirrors(d)
	if err != nil {
		return 0, err
	}
	return strategy.Weight((l.roll.Exposure + perPoint - 1) / perPoint), nil
}

// copied is the flags with a share of mirrored work.
func (t *Target) copied(d document, share strategy.Weight) (document, error) {
	if t.Mirror == "" {
		return d, nil
	}
	l, err := t.mirrors(d)
	if err != nil {
		return d, err
	}
	e := bucket.Share(share) * perPoint
	if l.roll.Exposure == e {
		return d, nil
	}
	l.roll.Exposure = e
	return d.with(t.Mirror, t.Environment, l.changed())
}
