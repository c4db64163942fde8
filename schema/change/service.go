package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/schema"
)

// Service is who touches what is changed, and how, as it is today. Things are named as the changes name
// them: "orders" is a table or a topic and all that is in it, "orders.status" a column or field of it.
//
// A service that lists nothing touches everything. If no service touches what a change is about, services are assumed:
// "app" reads and writes a table, "producer" and "consumer" share a topic, "client" calls "server".
type Service struct {
	Name string `json:"name"`
	// Version is what runs today; empty is "v1". Versions that the plan brings are counted on from it.
	Version string `json:"version,omitempty"`
	// Reads and Writes are tables, columns, topics and fields. Who writes a whole table or topic makes and deletes its rows too,
	// or sends its messages.
	Reads  []string `json:"reads,omitempty"`
	Writes []string `json:"writes,omitempty"`
	// Makes are tables in which it makes and deletes rows, and topics to which it sends, without
	// writing what is changed.
	Makes []string `json:"makes,omitempty"`
	// Calls and Serves are endpoints, by the names that changes give them.
	Calls  []string `json:"calls,omitempty"`
	Serves []string `json:"serves,omitempty"`
	// Star are the tables whose columns it does not list: SELECT *, INSERT without a list, plans prepared earlier.
	Star []string `json:"star,omitempty"`
	// Strict are the topics and endpoints in which it refuses what it does not know.
	Strict []string `json:"strict,omitempty"`
	// Whole are the blobs that it writes as a whole, without what it does not know.
	Whole []string `json:"whole,omitempty"`
	// Replica are the tables that it reads from a replica.
	Replica []string `json:"replica,omitempty"`
	// Takes are the columns and fields of which it takes any new value already, today.
	Takes []string `json:"takes,omitempty"`
}

func checkServices(p *strict.Problems, services []Service) {
	for i, s := range services {
		one := &problems{p, fmt.Sprintf("services[%d].", i)}
		one.name("name", s.Name)
		again := slices.IndexFunc(services, func(o Service) bool { return o.Name == s.Name }) < i
		one.must(!again, "name", s.Name, "must be given only once")
		for _, list := range s.lists() {
			one.names(list.field, list.things, 0)
		}
	}
}

type list struct {
	field  string
	things []string
}

func (s *Service) lists() []list {
	return []list{
		{"reads", s.Reads},
		{"writes", s.Writes},
		{"makes", s.Makes},
		{"calls", s.Calls},
		{"serves", s.Serves},
		{"star", s.Star},
		{"strict", s.Strict},
		{"whole", s.Whole},
		{"replica", s.Replica},
		{"takes", s.Takes},
	}
}

// bare says that the service lists nothing.
func (s *Service) bare() bool {
	return !slices.ContainsFunc(s.lists(), func(l list) bool { return len(l.things) > 0 })
}

// use is how one service touches what one change is about.
type use struct {
	service string
	// What it does today. Fresh things are not there yet: then it is what it will do.
	reads, writes, makes                bool
	star, strict, whole, replica, takes bool
}

// is says that it touches it at all.
func (u use) is() bool { return u.reads || u.writes || u.makes || u.star || u.strict || u.whole }

// place is where a change happens.
type place struct {
	kind    schema.StoreKind
	store   string
	name    string   // by which services know it, if that is not the store's
	things  []string // in the store; none is all of it
	request bool     // of a call: else it is the response
}

// world are the services.
type world struct {
	services []Service
	options  Options
}

// uses says who touches what is at a place, and how.
func (w *world) uses(at place) []use {
	var out []use
	for i := range w.services {
		if u := at.use(&w.services[i]); u.is() {
			out = append(out, u)
		}
	}
	if slices.ContainsFunc(out, func(u use) bool { return u.reads || u.writes }) {
		return out
	}
	for i := range w.services {
		if s := &w.services[i]; s.bare() {
			out = append(out, use{service: s.Name, reads: true, writes: true, makes: true})
		}
	}
	if slices.ContainsFunc(out, func(u use) bool { return u.reads || u.writes }) {
		return out
	}
	add := func(name string, reads, writes bool) {
		one := use{service: name, reads: reads, writes: writes, makes: writes}
		if i := slices.IndexFunc(out, func(u use) bool { return u.service == name }); i >= 0 {
			out[i].reads, out[i].writes, out[i].makes = out[i].reads || reads, out[i].writes || writes, out[i].makes || writes
			return
		}
		out = append(out, one)
	}
	switch at.kind {
	case schema.Topic:
		add("producer", false, true)
		add("consumer", true, false)
	case schema.Call:
		add("client", !at.request, at.request)
		add("server", at.request, !at.request)
		for i := range out {
			out[i].strict = at.request && out[i].reads // what a server does not know is lost
		}
	default:
		add("app", true, true)
	}
	return out
}

// use is how one service touches what is at the place.
func (at *place) use(s *Service) use {
	name := cmp.Or(at.name, at.store)
	whole := func(names []string) bool { return slices.Contains(names, name) }
	touches := func(names []string) bool {
		return whole(names) || slices.ContainsFunc(names, func(n string) bool {
			thing, in := strings.CutPrefix(n, name+".")
			return in && (len(at.things) == 0 || slices.Contains(at.things, thing))
		})
	}
	u := use{
		service: s.Name, reads: touches(s.Reads), writes: touches(s.Writes), takes: touches(s.Takes),
		makes: whole(s.Makes) || whole(s.Writes), star: at.kind == schema.Table && whole(s.Star),
		strict: whole(s.Strict), whole: at.kind == schema.Blob && whole(s.Whole), replica: whole(s.Replica),
	}
	if at.kind == schema.Call {
		u.writes = at.request && whole(s.Calls) || !at.request && whole(s.Serves)
		u.reads = at.request && whole(s.Serves) || !at.request && whole(s.Calls)
		u.makes = u.writes
		u.strict = u.reads && (at.request || whole(s.Strict))
	}
	return u
}
