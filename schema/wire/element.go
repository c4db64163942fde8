package wire

import (
	"slices"
	"strings"
)

// value compares what two fields hold when they hold something.
func (c comparison) value(w, r Field) []issue {
	switch {
	case w.Type == Other || r.Type == Other:
		if w.Type == r.Type && w.Definition == r.Definition && w.List == r.List {
			return nil
		}
		return notModelled("what becomes of " + describe(w) + " read as " + describe(r))
	case c.enc != Protobuf && w.List != r.List:
		v := candidates(c.enc, w, r)[0]
		if w.List {
			v = "[" + v + "]"
		}
		return []issue{{verdict: Error, value: v, why: describe(w) + " cannot be read as " + describe(r)}}
	case c.enc == Protobuf && (w.List || r.List):
		if issues, done := c.packing(w, r); done {
			return issues
		}
	}
	all := c.element(w, r)
	if !w.List {
		return all
	}
	for n, i := range all {
		all[n].path, all[n].value = "[]"+dot(i.path), "["+i.value+"]"
	}
	if !r.List {
		vs := candidates(c.enc, w, r)
		all = append(all, issue{
			verdict: Lossy, value: "[" + vs[0] + "," + vs[len(vs)-1] + "]",
			why: "of a list, a reader of a single " + string(r.Type) + " does not get all",
		})
	}
	return all
}

func dot(path string) string {
	if path == "" || path[0] == '[' {
		return path
	}
	return "." + path
}

func describe(f Field) string {
	s := string(f.Type)
	if f.Type == Other {
		s = quote(f.Definition)
	}
	if f.List {
		return "a list of " + s
	}
	return s
}

// element compares the values of two fields, one at a time.
func (c comparison) element(w, r Field) []issue {
	switch {
	case w.Type == Message && r.Type == Message:
		return c.fields(w.Fields, r.Fields)
	case w.Type == Message:
		return c.messageAs(w, r)
	case w.Type == r.Type && w.Type != Enum:
		return nil
	}
	worst := issue{verdict: OK}
	for _, v := range candidates(c.enc, w, r) {
		if c.unwritten(w, v) {
			continue
		}
		l := land(c.enc, w, r, v)
		found := issue{verdict: OK, value: v}
		switch {
		case l.failed != "":
			found.verdict, found.why = Error, v+" ("+string(w.Type)+") "+l.failed+" ("+string(r.Type)+")"
		case l.lost:
			found = c.lost(w, r, v)
		case l.alien || !same(c.enc, w, v, r, l.text):
			found.verdict, found.why = Lossy, v+" ("+string(w.Type)+") reads as "+l.text+" ("+string(r.Type)+")"
			if l.alien {
				found.why += ", which means nothing to the reader"
			}
		}
		if found.verdict.Worse(worst.verdict) {
			worst = found
		}
	}
	if worst.verdict == OK {
		return nil
	}
	return []issue{worst}
}

// lost is about a value of an element that a reader of protobuf takes for an unknown field.
func (c comparison) lost(w, r Field, v string) issue {
	i := issue{verdict: Lossy, value: v, why: v + " (" + string(w.Type) + ") is taken for an unknown field"}
	switch {
	case c.unknown == Refuse:
		i.verdict, i.why = Error, i.why+", which the reader refuses"
	case r.Required:
		i.verdict, i.why = Error, i.why+", and then the reader lacks what it requires"
	case !w.List && !r.List && same(c.enc, w, v, r, absent(c.enc, r)):
		i.verdict = OK
	}
	return i
}

// messageAs compares a message with what is none.
func (c comparison) messageAs(w, r Field) []issue {
	v := candidates(c.enc, w, r)[0]
	switch {
	case c.enc != Protobuf:
		return []issue{{verdict: Error, value: v, why: "a message cannot be read as " + string(r.Type)}}
	case group(r.Type) != "len":
		return []issue{c.lost(w, r, v)}
	case r.Type == Bytes:
		return []issue{{verdict: Lossy, value: v, why: "the reader gets the encoded message as bytes"}}
	}
	return notModelled("whether an encoded message is valid as " + string(r.Type))
}

// packing compares fields of which one is a list of numbers, which protobuf writes as one block ("Packed Repeated Fields");
// readers take the block and single elements alike. Done is false if each element counts for itself.
func (c comparison) packing(w, r Field) (issues []issue, done bool) {
	numbers := func(f Field) bool { return group(f.Type) != "len" }
	block := w.List && numbers(w)
	switch {
	case w.Type == Message && r.List && numbers(r):
		return notModelled("whether an encoded message is valid as " + describe(r)), true
	case !numbers(w) && r.List && numbers(r):
		v := map[Type]string{String: `"é"`, Bytes: `"w6k="`}[w.Type] // c3 a9: a number that goes on, and half of a fixed one
		if w.List {
			v = "[" + v + "]"
		}
		return []issue{{verdict: Error, value: v, why: "text is read as a block of numbers"}}, true
	case !block:
		return nil, false
	case r.Type == Bytes:
		v := candidates(c.enc, w, r)[0]
		return []issue{{verdict: Lossy, value: "[" + v + "," + v + "]", why: "a block of numbers is read as bytes"}}, true
	case !numbers(r):
		return notModelled("whether a block of numbers is valid as " + describe(r)), true
	case !r.List:
		v := candidates(c.enc, w, r)[0]
		return []issue{c.lost(w, r, "["+v+","+v+"]")}, true
	case group(w.Type) != group(r.Type):
		return blocks(w, r), true
	}
	return nil, false
}

// blocks compares two lists of numbers that are written differently: the same bytes are divided differently.
func blocks(w, r Field) []issue {
	i := issue{verdict: Error, value: "[1]", why: "a block of " + string(w.Type) + " is read as one of " + string(r.Type)}
	from, to := group(w.Type), group(r.Type)
	switch {
	case w.Type == Bool:
		i.value = "[true]"
	case w.Type == Enum: // a number of four bytes might pass for a fixed one
		n := slices.IndexFunc(w.Symbols, func(y Symbol) bool { return y.Number < 128 })
		if n < 0 {
			return notModelled(i.why)
		}
		i.value = "[" + quote(w.Symbols[n].Name) + "]"
	case from == "i64" && to == "i32":
		i.verdict = Lossy
	case to == "varint": // the last byte says that the number goes on
		i.value = map[Type]string{Fixed32: "[2147483648]", Fixed64: "[9223372036854775808]"}[w.Type]
		if i.value == "" {
			i.value = "[-1]"
		}
	}
	return []issue{i}
}

// reused compares a field of protobuf with one that has its number and means something else.
func (c comparison) reused(writer []Field, w Field, means int, r Field) []issue {
	why := "its number is the one of the writer's " + quote(w.Name)
	var all []issue
	for _, i := range c.value(w, r) {
		if i.verdict == Error {
			i.why = why + ": " + i.why
			all = append(all, i)
		}
	}
	if len(all) > 0 {
		return all
	}
	together := means >= 0 && (w.Oneof == "" || w.Oneof != writer[means].Oneof)
	v := c.visible(w, r)
	if means >= 0 && !together { // what is meant is left out then, and may have a default
		v = c.visible(w, r, writer[means])
	}
	if v == "" {
		return nil
	}
	i := issue{verdict: Lossy, value: v, why: why + ", and is read as this"}
	if together && (writer[means].Type != Message || writer[means].Required) {
		if i.also, i.alsoHas = writer[means].Name, c.unlike(writer[means], w, r, v); i.alsoHas == "" {
			return notModelled("that " + quote(i.also) + " may always mean what is read for it")
		}
	}
	return []issue{i}
}

// unlike is a value of the field that means what r does, and is not what r reads from the value v of w; empty if there is
// none.
func (c comparison) unlike(means, w, r Field, v string) string {
	v = strings.TrimSuffix(strings.TrimPrefix(v, "["), "]")
	all := candidates(c.enc, means, r)
	if group(w.Type) != group(r.Type) { // a block read as bytes is neither text nor, as the last candidate, three bytes of ones
		slices.Reverse(all)
	}
	for _, x := range all {
		switch {
		case c.unwritten(means, x), means.Type == Message && r.Type == Message:
		case means.List:
			return "[" + x + "," + x + "]"
		case w.Type == Message || r.Type == Message || group(w.Type) != group(r.Type):
			return x
		default:
			if l := land(c.enc, w, r, v); l.alien || !same(c.enc, means, x, r, l.text) {
				return x
			}
		}
	}
	return ""
}

// crowded says whether a reader of protobuf has several of the writer's fields in the oneof of a field, one of which the
// writer always writes.
func (c comparison) crowded(w, r []Field, rf Field) bool {
	count, always := 0, false
	for _, o := range r {
		if from, _ := c.source(w, o); rf.Oneof != "" && o.Oneof == rf.Oneof && from >= 0 {
			count, always = count+1, always || w[from].Required
		}
	}
	return count > 1 && always
}

// visible is a value of a writer's field of protobuf that the reader of its number does not take for nothing; empty if
// there is none. It is not what others mean by being left out either.
func (c comparison) visible(w, r Field, others ...Field) string {
	for _, v := range candidates(c.enc, w, r) {
		text := v
		if w.List {
			text = "[" + v + "]"
		}
		wNumber, rNumber := group(w.Type) != "len", group(r.Type) != "len"
		switch {
		case c.unwritten(w, v), (w.Type == Other) != (r.Type == Other):
		case w.List && wNumber && (!rNumber || r.List && group(w.Type) != group(r.Type)): // a block is read as what it is not
			return text
		case w.List && wNumber && !r.List:
		case !wNumber && !rNumber && w.Type == Message && r.Type != Message && implicit(r): // an empty message is empty bytes
			for _, f := range w.Fields {
				if v := c.other(f, Field{Type: Message}); v != "" {
					text = record(c.enc, w.Fields, map[string]string{f.Name: v})
					if w.List {
						text = "[" + text + "]"
					}
					return text
				}
			}
		case !wNumber && !rNumber && (w.Type == Message || r.Type == Message || r.List):
			return text
		default:
			l := land(c.enc, w, r, v)
			taken := slices.ContainsFunc(others, func(o Field) bool { return same(c.enc, o, absent(c.enc, o), r, l.text) })
			if !l.lost && (l.alien || !taken && (r.List || !same(c.enc, r, l.text, r, absent(c.enc, r)))) {
				return text
			}
		}
	}
	return ""
}

// oneofs compares which fields of protobuf exclude each other: of two that the writer writes, the reader keeps the last.
func (c comparison) oneofs(w, r []Field, sources []int) []issue {
	var all []issue
	for n, one := range r {
		for m, two := range r[:n] {
			if one.Oneof == "" || one.Oneof != two.Oneof || sources[n] < 0 || sources[m] < 0 || c.crowded(w, r, one) {
				continue
			}
			first, last, lost, kept := w[sources[n]], w[sources[m]], one, two
			if first.Oneof != "" && first.Oneof == last.Oneof {
				continue
			}
			if first.Number > last.Number {
				first, last, lost, kept = last, first, two, one
			}
			a, b := c.other(first, lost), c.visible(last, kept)
			if n, _ := meant(w, lost); a == "" || b == "" || n < 0 || w[n].Number != lost.Number {
				continue // nothing is lost
			}
			all = append(all, issue{
				path: lost.Name, verdict: Lossy, value: record(c.enc, w, map[string]string{first.Name: a, last.Name: b}),
				why: "the writer may write " + quote(last.Name) + " as well, and the reader keeps only the last of " + quote(one.Oneof),
			})
		}
	}
	return all
}
