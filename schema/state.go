package schema

// The verifier's picture of the world, for one attribute. Everything is small and of fixed size, so that a
// state is the key of a map.

const (
	maxForms    = 8  // of one attribute
	maxRecords  = 3  // that stand for all
	maxVersions = 64 // in a plan
)

// content is what stands in a cell, and what a record was meant to say: no row, nothing set, or a value.
type content uint8

const (
	gone   content = iota // no row
	unset                 // null
	firstV                // the first value of the attribute that is not null
)

// quality says how a cell stands to what was written last.
type quality uint8

const (
	fresh quality = iota
	lossy
	stale
)

type cell struct {
	content content
	quality quality
}

// record is one record: what was meant last, in which stores it has a row, and its cells by form.
type record struct {
	meant content
	has   uint8
	cells [maxForms]cell
}

// schemaFacts are what exists and what is enforced, as bits.
type schemaFacts struct {
	exists  uint8  // forms
	refuses uint32 // refusals in force, by the component's list of them
	checked uint32 // those that hold of all rows
	syncs   uint16 // triggers in force, by the component's list
}

// transaction is one that a version began and has not ended: it goes on with the group of forms to be written next.
type transaction struct {
	version uint8 // plus one: 0 is none
	records uint8 // bits
	value   content
	group   uint8
	late    bool // others have written since its first group
}

// copied is what a replica has.
type copied struct {
	exists  uint8
	records [maxRecords]record
}

// state is the world at one moment.
type state struct {
	pos      uint8 // steps made
	top      uint8 // as many as ever were: what was done and taken back has left its marks
	schema   schemaFacts
	fleet    uint64 // versions that run
	surprise uint64 // versions under which a table changed whose columns they do not list
	records  [maxRecords]record
	hand     [maxRecords]held // what a backfill has read
	tx       transaction
	retained uint64 // messages, by the component's list of shapes
	replica  copied
}

// held is what a backfill read and has yet to write: it may have been given up, and still write, any time later.
type held struct {
	step uint8 // plus one: 0 is nothing
	cell
}

// shape is a kind of message: where it is, the forms in it, and what it says.
type shape struct {
	stores uint8
	forms  uint8
	value  content
}

// tidy brings cells into the one form in which equal worlds are equal: a form that does not exist has nothing, no row
// is true of what is gone, and nothing set is true of what was never set.
func (s *state) tidy(c *component) {
	for i := range s.records {
		tidyRecord(&s.records[i], s.schema.exists, c)
	}
}

func tidyRecord(r *record, exists uint8, c *component) {
	for f := range c.forms {
		at := &r.cells[f]
		form := &c.forms[f]
		switch {
		case form.of != f: // a view has the cells of what it shows
			*at = cell{}
		case c.sharing[f]&exists == 0:
			*at = cell{}
		case !form.kind.keeps():
			*at = cell{}
		case r.has&(1<<form.store) == 0:
			at.content = gone
			at.quality = differs(r.meant != gone)
		case at.content == gone: // a blob that has another form
			at.quality = differs(r.meant != gone)
		case at.content == unset:
			at.quality = differs(r.meant != unset)
		case r.meant == gone:
			at.quality = stale
		}
	}
}

func differs(is bool) quality {
	if is {
		return stale
	}
	return fresh
}
