package schema_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// event is something that may happen, in the words of Verify.
type event struct {
	kind string // who does it: user, tx, world, plan, fleet
	text string
	do   func()
}

// after does an event and looks at what it led to.
func (s *sim) after(e event) {
	s.story = append(s.story, e.text)
	e.do()
	s.follow()
	if s.wrong == nil {
		s.look()
	}
}

// witness is a value with its witness.
func (s *sim) witness(attr, value string) string {
	for _, a := range s.plan.Attributes {
		for _, v := range a.Values {
			if a.Name == attr && v.Name == value && v.Witness != "" && v.Witness != v.Name {
				return v.Name + " (" + v.Witness + ")"
			}
		}
	}
	return value
}

func recordNames(records ...int) string {
	var names []string
	for _, r := range records {
		names = append(names, fmt.Sprintf("record %d", r+1))
	}
	return strings.Join(names, " and ")
}

func into(w *schema.Write) string {
	var groups []string
	for _, g := range w.Together {
		groups = append(groups, strings.Join(g, " and "))
	}
	return strings.Join(groups, ", then ")
}

// events are all things that may happen. Everybody may roll to what may says.
func (s *sim) events(may func(ref string) bool) (out []event) {
	add := func(kind, text string, do func()) { out = append(out, event{kind, text, do}) }
	for _, v := range s.running() {
		if s.shocked[v.Ref()] {
			add("user", v.Ref()+" goes on with the columns that it knows", func() { s.oops(schema.Fails, "%s is surprised", v.Ref()) })
			continue
		}
		for _, f := range s.facts {
			s.userEvents(f, v, add)
		}
	}
	s.txEvents(add)
	for _, f := range s.facts {
		if s.replicated(f) {
			add("world", "the replica catches up", func() { s.catchUp(f) })
		}
		for i, m := range f.messages {
			what := strings.Join(s.inOrder(m.forms), " and ")
			if what == "" {
				what = "without " + f.name
			} else {
				what = "in " + what
			}
			add("world", "a message "+what+" expires: "+s.witness(f.name, m.kind), func() { f.messages = slices.Delete(f.messages, i, i+1) })
		}
	}
	s.planEvents(add)
	s.fleetEvents(add, may)
	return out
}

func (s *sim) inOrder(forms map[string]said) (out []string) {
	for _, f := range s.plan.Forms {
		if _, is := forms[f.Name]; is {
			out = append(out, f.Name)
		}
	}
	return out
}

func (s *sim) userEvents(f *facts, v *schema.Version, add func(kind, text string, do func())) {
	var w *schema.Write
	for i := range v.Writes {
		if v.Writes[i].Attribute == f.name {
			w = &v.Writes[i]
		}
	}
	stores := map[schema.StoreKind][]string{}
	for _, store := range v.Makes {
		if slices.ContainsFunc(s.plan.Forms, func(form schema.Form) bool { return form.Attribute == f.name && form.Store == store }) {
			stores[s.stores[store]] = append(stores[s.stores[store]], store)
		}
	}
	keeps := len(stores[schema.Table])+len(stores[schema.Blob]) > 0
	sends := append(slices.Clone(stores[schema.Topic]), stores[schema.Call]...)
	if w != nil {
		s.writeEvents(f, v, w, add)
	}
	if len(sends) > 0 && s.hasValues(f) && (w == nil || !s.sendsForms(w)) {
		add("user", v.Ref()+" sends a message without "+f.name, func() {
			s.publish(f, simMessage{stores: sends, forms: map[string]said{}, said: said{kind: schema.Null}})
		})
	}
	for r := range simRecords {
		if f.truths[r].exists {
			if keeps {
				add("user", v.Ref()+" deletes "+recordNames(r), func() { s.erase(f, v, r) })
			}
			if keeps || w != nil {
				add("user", v.Ref()+" updates something else in "+recordNames(r), func() { s.touch(f, v, w, r) })
			}
			if len(v.Whole) > 0 && w == nil {
				add("user", v.Ref()+" writes "+recordNames(r)+" as a whole, without what it does not know", func() { s.rewrite(f, v, r) })
			}
		} else if keeps && s.hasValues(f) && (w == nil || !s.onRecords(w)) {
			add("user", v.Ref()+" makes "+recordNames(r)+" without "+f.name, func() { s.plainly(f, v, r) })
		}
	}
}

func (s *sim) sendsForms(w *schema.Write) bool {
	for _, g := range w.Together {
		if slices.ContainsFunc(g, func(name string) bool { return !s.keeps(name) }) {
			return true
		}
	}
	return false
}

func (s *sim) writeEvents(f *facts, v *schema.Version, w *schema.Write, add func(kind, text string, do func())) {
	records := simRecords
	if !s.onRecords(w) {
		records = 1
	}
	for _, value := range s.values(w) {
		for r := range records {
			if s.onRecords(w) && !f.truths[r].exists && !s.inserts(v, w) {
				continue
			}
			text := fmt.Sprintf("%s writes %s to record %d, into %s", v.Ref(), s.witness(f.name, value), r+1, into(w))
			add("user", text, func() {
				s.writes++
				n := s.writes
				s.group(f, v, w, 0, r, value, n)
				if len(w.Together) > 1 {
					s.txs = append(s.txs, &simTx{f.name, v.Ref(), value, n, 1, []int{r}, []int{n}})
				}
			})
		}
		if len(w.Together) > 1 || !s.onRecords(w) || len(s.txs) >= 3 {
			continue
		}
		for _, rows := range [][]int{{0}, {0, 1}} {
			text := fmt.Sprintf("%s begins a transaction that will write %s to %s", v.Ref(), s.witness(f.name, value), recordNames(rows...))
			add("user", text, func() {
				s.writes++
				s.txs = append(s.txs, &simTx{f.name, v.Ref(), value, s.writes, 0, rows, make([]int, len(rows))})
			})
		}
	}
}

func (s *sim) txEvents(add func(kind, text string, do func())) {
	for _, t := range s.txs {
		v := s.versions[t.version]
		w := &v.Writes[slices.IndexFunc(v.Writes, func(w schema.Write) bool { return w.Attribute == t.attr })]
		f := s.factsOf(w.Together[0][0])
		text := "the transaction of " + t.version + " commits"
		if len(w.Together) > 1 {
			text = fmt.Sprintf("%s carries out transaction %d of %d of its write", t.version, t.group+1, len(w.Together))
		}
		end := func() { s.txs = slices.DeleteFunc(s.txs, func(other *simTx) bool { return other == t }) }
		add("tx", text, func() {
			for i, r := range t.records {
				if t.n[i] == 0 {
					s.writes++
					t.n[i] = s.writes
				}
				s.group(f, v, w, t.group, r, t.value, t.n[i])
			}
			if t.group++; t.group == len(w.Together) {
				end()
			}
		})
		add("tx", "the transaction of "+t.version+" is lost", end)
	}
}

// planEvents are what the executor does.
func (s *sim) planEvents(add func(kind, text string, do func())) {
	s.batches(add)
	seen := map[string]bool{}
	for i := s.pos - 1; i >= 0; i-- {
		ref := s.plan.Steps[i].Deploy
		if ref == "" || seen[service(ref)] {
			continue
		}
		seen[service(ref)] = true
		newer := func(other string) bool { return service(other) == service(ref) && s.index(other) >= s.index(ref) }
		if !slices.ContainsFunc(sorted(s.fleet), newer) {
			add("plan", fmt.Sprintf("the deployment was taken back: before step %q again", s.plan.Steps[i].Name), func() { s.pos = i })
		}
	}
	if s.pos == len(s.plan.Steps) {
		return
	}
	st := &s.plan.Steps[s.pos]
	for i := range st.Needs {
		if n := &st.Needs[i]; !s.holds(n) {
			for k := s.pos - 1; k >= 0; k-- {
				if b := s.plan.Steps[k].Backfill; b != nil && mends(b, n) {
					add("plan", fmt.Sprintf("a need does not hold any more: back to step %q", s.plan.Steps[k].Name), func() { s.pos = k })
					break
				}
			}
		}
	}
	over := func() { s.pos++; s.asked = nil }
	switch {
	case st.Backfill != nil:
		add("plan", fmt.Sprintf("step %q is over", st.Name), over)
	case s.inForce(st):
		add("plan", fmt.Sprintf("step %q is over", st.Name), over)
	case !s.met():
		if s.asked == nil && s.allHold() {
			add("plan", "asked", s.ask)
		}
	case len(st.Changes) > 0:
		add("plan", fmt.Sprintf("step %q is made", st.Name), func() { s.make(st) })
	case st.Deploy != "":
		add("plan", fmt.Sprintf("step %q: %s starts", st.Name, st.Deploy), func() { s.fleet[st.Deploy] = true; over() })
	default:
		add("plan", fmt.Sprintf("step %q: its needs hold", st.Name), over)
	}
}

// mends says whether a backfill can make a need hold.
func mends(b *schema.Backfill, n *schema.Condition) bool {
	switch n.Is {
	case schema.Proven, schema.Absent:
		return b.Form == n.Form
	case schema.Expired:
		return b.From == n.Form
	}
	return false
}

// batches are those of the backfill that is going on, and of those that were given up.
func (s *sim) batches(add func(kind, text string, do func())) {
	for _, f := range s.facts {
		for r, h := range f.hands {
			if h != nil {
				add("plan", "the backfill writes what it read of "+recordNames(r), func() { s.give(f, r) })
			}
		}
	}
	if s.pos == len(s.plan.Steps) || s.plan.Steps[s.pos].Backfill == nil || !s.met() {
		return
	}
	st := &s.plan.Steps[s.pos]
	b := st.Backfill
	f := s.factsOf(b.Form)
	for r := range simRecords {
		if b.Mode == schema.OneStatement || b.From == "" {
			add("plan", "the backfill does "+recordNames(r), func() { s.fill(f, st, r) })
		} else if one := f.rows[s.storeOf(b.From)][r]; f.hands[r] == nil && one != nil {
			add("plan", "the backfill reads "+recordNames(r), func() {
				s.lacks(st)
				what, is := one[s.column(b.From)]
				f.hands[r] = &simHand{st, what, is}
			})
		}
	}
}

func (s *sim) fleetEvents(add func(kind, text string, do func()), may func(ref string) bool) {
	for _, v := range s.running() {
		rest, newest := 0, true
		inHorizon := true
		for _, other := range s.running() {
			if other != v && other.Service == v.Service {
				rest++
				newest = newest && s.index(other.Ref()) < s.index(v.Ref())
				inHorizon = inHorizon && may(other.Ref())
			}
		}
		if rest > 0 && (!newest || inHorizon) {
			add("fleet", v.Ref()+" is gone", func() { delete(s.fleet, v.Ref()); delete(s.shocked, v.Ref()) })
		}
	}
	for _, u := range s.plan.Versions {
		var mates []string
		for _, v := range s.running() {
			if v.Service == u.Service {
				mates = append(mates, v.Ref())
			}
		}
		if len(mates) == 1 && mates[0] != u.Ref() && may(u.Ref()) {
			add("fleet", "somebody rolls to "+u.Ref(), func() { s.fleet[u.Ref()] = true })
		}
	}
}

// may says whether a version is in the horizon: of the furthest position there ever was.
func (s *sim) may(rows []schema.Row) func(string) bool {
	return func(ref string) bool { return slices.Contains(rows[s.top].Back, ref) && s.notNewer(ref) }
}

// notNewer says that a version is not newer than what the plan has brought.
func (s *sim) notNewer(ref string) bool {
	now := slices.Clone(s.plan.Start.Running)
	for _, st := range s.plan.Steps[:s.made()] {
		if st.Deploy != "" {
			now = append(now, st.Deploy)
		}
	}
	return slices.ContainsFunc(now, func(at string) bool { return service(at) == service(ref) && s.index(at) >= s.index(ref) })
}

// walk lets n things happen, by chance.
func (s *sim) walk(r *rand.Rand, n int, may func(string) bool) {
	weights := []string{"user", "user", "user", "tx", "world", "plan", "plan", "plan", "fleet"}
	for range n {
		if s.wrong != nil {
			return
		}
		kind := weights[r.IntN(len(weights))]
		var some []event
		for _, e := range s.events(may) {
			if e.kind == kind {
				some = append(some, e)
			}
		}
		if len(some) > 0 {
			s.after(some[r.IntN(len(some))])
		}
	}
}

// finish lets no user do anything any more, and the executor go on to the end. It says whether it got there.
func (s *sim) finish() bool {
	s.driven = false
	nobody := func(string) bool { return false }
	for range 40 + 20*len(s.plan.Steps) {
		if s.wrong != nil || s.atGoal() {
			return s.wrong == nil
		}
		var next *event
		rank := 99
		for _, e := range s.events(nobody) {
			if at := s.rank(e); at < rank {
				rank, next = at, &e
			}
		}
		if next == nil {
			return false
		}
		s.after(*next)
	}
	return s.atGoal()
}

// rank is how soon finish does an event; 99 is never.
func (s *sim) rank(e event) int {
	switch {
	case e.kind == "tx" && !strings.HasSuffix(e.text, "is lost"):
		return 0
	case strings.HasPrefix(e.text, "the deployment was taken back"):
		return 2
	case e.kind == "fleet":
		return 1
	case e.kind == "world" && s.pending(e):
		return 3
	case strings.HasPrefix(e.text, "the backfill writes"):
		return 4
	case strings.HasPrefix(e.text, "the backfill") && s.needed(e):
		return 5
	case strings.HasSuffix(e.text, "starts"), strings.HasSuffix(e.text, "is made"), strings.HasSuffix(e.text, "needs hold"), e.text == "asked":
		return 6
	case strings.HasSuffix(e.text, "is over"):
		return 7
	case strings.HasPrefix(e.text, "a need does not"):
		return 8
	}
	return 99
}

// pending says whether an event of the world changes anything.
func (s *sim) pending(e event) bool {
	if e.text != "the replica catches up" {
		return true
	}
	for _, f := range s.facts {
		now := &facts{rows: f.rows, truths: f.truths}
		s.catchUp(now)
		if s.replicated(f) && fmt.Sprint(now.behind) != fmt.Sprint(f.behind) {
			return true
		}
	}
	return false
}

// needed says whether a batch has something to do: the two forms differ, or nothing is set.
func (s *sim) needed(e event) bool {
	r := int(e.text[len(e.text)-1] - '1')
	b := s.plan.Steps[s.pos].Backfill
	f := s.factsOf(b.Form)
	if b.From != "" {
		return !s.same(f, r, b.From, b.Form)
	}
	at, is := f.rows[s.storeOf(b.Form)][r][b.Form]
	return is && at.kind == schema.Null && f.truths[r].kind == schema.Null
}

// drive carries out a story of Verify. It fails if the story cannot be had.
func drive(t rapid.TB, p schema.Plan, trace *schema.Trace) *sim {
	t.Helper()
	last, lastAt := driveFrom(p, trace)
	if lastAt == len(trace.Lines) && last.wrong != nil {
		return last
	}
	if trace.Kind == schema.Stuck && lastAt == len(trace.Lines) {
		return last
	}
	next := "the end"
	if lastAt < len(trace.Lines) {
		next = trace.Lines[lastAt]
	}
	t.Fatalf("%s: the story cannot be had: %q\n%s\nhere: %v\nwhat could happen: %q", p.Name, next, trace, last.wrong, texts(last.events(func(string) bool { return true })))
	return nil
}

func texts(events []event) (out []string) {
	for _, e := range events {
		out = append(out, e.text)
	}
	return out
}

// driveFrom carries out a story as far as it goes.
func driveFrom(p schema.Plan, trace *schema.Trace) (*sim, int) {
	value, doubt := 0, 0
	if _, text, found := strings.Cut(trace.Lines[0], "; a record has "); found {
		text, says, _ := strings.Cut(text, ", ")
		doubt = slices.Index([]string{"", "says something else", "is null"}, strings.Join(strings.Fields(says)[min(1, len(strings.Fields(says))):], " "))
		for i, v := range p.Attributes[0].Values {
			if (&sim{plan: p}).witness(p.Attributes[0].Name, v.Name) == text {
				value = i + 1
			}
		}
	}
	left := bounds(p).Records
	s := newSim(p, func(int) int {
		if left--; left == -1 && bounds(p).Records > 0 {
			return 0 // Verify had one record less
		}
		return value
	}, func(int) int { return doubt })
	s.driven = true
	anything := func(string) bool { return true }
	for i, line := range trace.Lines[1:] {
		if s.wrong != nil {
			return s, i + 1
		}
		find := func(text string) int {
			return slices.IndexFunc(s.events(anything), func(e event) bool { return e.text == text })
		}
		at := find(line)
		if up := find("the replica catches up"); at < 0 && up >= 0 { // Verify does not tell two writes of one value apart
			s.after(s.events(anything)[up])
			at = find(line)
		}
		if at < 0 {
			return s, i + 1
		}
		s.after(s.events(anything)[at])
	}
	return s, len(trace.Lines)
}
