package wire

import "slices"

// Compare returns every way in which a reader of the one format does not get what a writer of the other means. None means
// compatible, in this direction only. What is not modelled, and a format that is not valid, is a finding that says so.
func Compare(writer, reader Format) []Finding { return compare(writer, reader, false) }

// Rewrite returns what [Compare] does, and what is lost besides when the reader writes the record back in its own format:
// the fields that it does not know and does not keep. Whether others can read what it writes is a matter of comparing
// its format, as a writer's, with theirs.
func Rewrite(writer, through Format) []Finding { return compare(writer, through, true) }

// Retained compares one reader with the formats of all that it may still have to read: what other versions write, and
// what they wrote into topics, backups and caches. Neighbours that are compatible do not make all of them so: 1 with 2
// and 2 with 3 says nothing about 1 with 3.
func Retained(reader Format, writers ...Format) []Finding {
	var all []Finding
	for _, w := range writers {
		all = append(all, Compare(w, reader)...)
	}
	return all
}

// Dispatch compares a writer with a reader that knows several formats and looks at the tag to tell which it has before
// it. A tag that it does not know, or that several of its formats have, is a finding; so are formats without tags, unless it
// is the only one.
func Dispatch(writer Format, readers ...Format) []Finding {
	if len(readers) == 1 {
		return Compare(writer, readers[0])
	}
	var found []Format
	for _, r := range readers {
		if r.Tag == writer.Tag {
			found = append(found, r)
		}
	}
	switch {
	case len(found) == 1 && writer.Tag != "" && !slices.ContainsFunc(readers, func(r Format) bool { return r.Tag == "" }):
		return Compare(writer, found[0])
	case len(found) == 0 && writer.Tag != "" && writer.Validate() == nil:
		return []Finding{refusedTag(writer)}
	}
	return []Finding{unknown(writer, "", "the reader's formats cannot be told apart by tags")}
}

func unknown(writer Format, path, why string) Finding {
	return Finding{Writer: writer.Name, Path: path, Verdict: Error, Unknown: true, Why: why}
}

func refusedTag(writer Format) Finding {
	return Finding{
		Writer: writer.Name, Verdict: Error, Witness: record(writer.Encoding, writer.Fields, nil),
		Why: "the reader refuses the tag " + quote(writer.Tag),
	}
}

func compare(writer, reader Format, rewrite bool) []Finding {
	if err := writer.Validate(); err != nil {
		return []Finding{unknown(writer, "", "the writer's format is not valid: "+err.Error())}
	}
	if err := reader.Validate(); err != nil {
		return []Finding{unknown(writer, "", "the reader's format is not valid: "+err.Error())}
	}
	switch {
	case writer.Tag != reader.Tag && writer.Tag != "" && reader.Tag != "":
		return []Finding{refusedTag(writer)}
	case writer.Tag != reader.Tag:
		return []Finding{unknown(writer, "", "one expects a tag where the other has none")}
	case writer.Encoding != reader.Encoding:
		return []Finding{unknown(writer, "", "a reader of "+string(reader.Encoding)+" cannot read "+string(writer.Encoding))}
	}
	c := comparison{enc: writer.Encoding, unknown: reader.Unknown, rewrite: rewrite}
	var all []Finding
	for _, i := range c.fields(writer.Fields, reader.Fields) {
		f := Finding{Writer: writer.Name, Path: i.path, Verdict: i.verdict, Witness: i.value, Why: i.why, Unknown: i.unknown}
		if i.unknown {
			f.Witness = ""
		}
		all = append(all, f)
	}
	return all
}

// comparison is what is the same at every depth of a record.
type comparison struct {
	enc     Encoding
	unknown Unknown
	rewrite bool // the reader writes the record back
}

// issue is a finding at some depth: path and value count from there.
type issue struct {
	path    string
	verdict Verdict
	value   string // what the writer writes there, as JSON
	left    bool   // instead of a value: the writer leaves the field out
	also    string // a field that has another value than its plainest
	alsoHas string
	why     string
	unknown bool
}

func notModelled(why string) []issue {
	return []issue{{verdict: Error, unknown: true, why: why + " is not modelled"}}
}

// fields compares two records, field by field of the reader, and then what the writer has besides.
func (c comparison) fields(w, r []Field) []issue {
	var all []issue
	add := func(field, other string, issues []issue) {
		for _, i := range issues {
			values := map[string]string{field: i.value}
			if i.also != "" {
				values[i.also] = i.alsoHas
			}
			if i.left || i.unknown {
				values = nil
			}
			all = append(all, issue{
				path: join(other, i.path), verdict: i.verdict, value: record(c.enc, w, values), why: i.why, unknown: i.unknown,
			})
		}
	}
	sources := make([]int, len(r))
	for n, rf := range r {
		from, clear := c.source(w, rf)
		sources[n] = from
		means, clearly := meant(w, rf)
		switch {
		case !clear || !clearly:
			add(rf.Name, rf.Name, notModelled("that several of the writer's fields mean this one"))
		case c.enc == Protobuf && c.crowded(w, r, rf):
			add(rf.Name, rf.Name, notModelled("a oneof of several fields of which the writer always writes one"))
		case from >= 0 && from == means:
			add(w[from].Name, rf.Name, c.pair(w[from], rf))
		case from >= 0: // protobuf: the number means something else
			issues := c.reused(w, w[from], means, rf)
			add(w[from].Name, rf.Name, issues)
			if !w[from].Required || len(issues) == 0 {
				add(c.missing(w, means, rf))
			}
		default:
			add(c.missing(w, means, rf))
		}
	}
	for n, wf := range w {
		if !slices.Contains(sources, n) {
			add(wf.Name, wf.Name, c.extra(wf, r))
		}
	}
	if c.enc == Protobuf {
		all = append(all, c.oneofs(w, r, sources)...)
	}
	return all
}

// join puts a field's name before the path within it.
func join(name, path string) string {
	if path == "" || path[0] == '[' {
		return name + path
	}
	return name + "." + path
}

// source is the writer's field that the reader takes its field from, -1 if none. It is not clear if there are two and the
// reader's own name for it may be left out.
func (c comparison) source(w []Field, r Field) (from int, clear bool) {
	if c.enc == Protobuf {
		return slices.IndexFunc(w, func(f Field) bool { return f.Number == r.Number }), true
	}
	from = slices.IndexFunc(w, func(f Field) bool { return f.Name == r.Name })
	sure := from >= 0 && c.enc == JSON && w[from].Required
	for n, f := range w {
		switch {
		case !slices.Contains(r.Aliases, f.Name) || sure:
		case from >= 0:
			return from, false
		default:
			from = n
		}
	}
	return from, true
}

// meant is the writer's field that means what the reader's does, -1 if none.
func meant(w []Field, r Field) (means int, clear bool) {
	if n := slices.IndexFunc(w, func(f Field) bool { return f.Name == r.Name }); n >= 0 {
		return n, true
	}
	means = -1
	for n, f := range w {
		if slices.Contains(r.Aliases, f.Name) || slices.Contains(f.Aliases, r.Name) {
			if means >= 0 {
				return means, false
			}
			means = n
		}
	}
	return means, true
}

// pair compares a field with the one that it is read as.
func (c comparison) pair(w, r Field) []issue {
	var all []issue
	switch {
	case c.enc == Avro || w.Required:
	case r.Required:
		all = append(all, issue{verdict: Error, left: true, why: "the writer may leave out what the reader requires"})
	case w.List && !r.List: // said of its values
	case !same(c.enc, w, absent(c.enc, w), r, absent(c.enc, r)):
		all = append(all, issue{verdict: Lossy, left: true, why: "left out it means " + meaning(absent(c.enc, w)) +
			" to the writer and " + meaning(absent(c.enc, r)) + " to the reader"})
	}
	if w.Nullable && !r.Nullable {
		all = append(all, issue{verdict: Error, value: "null", why: "the reader refuses null"})
	}
	return append(all, c.value(w, r)...)
}

func meaning(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// missing is about a field that the reader finds nothing for. It returns what the adding function of fields takes.
func (c comparison) missing(w []Field, means int, r Field) (field, path string, all []issue) {
	path = r.Name
	value := ""
	if means >= 0 {
		field = w[means].Name
		value = c.other(w[means], r)
	}
	i := issue{verdict: Lossy, value: value, left: value == "", why: "the reader looks for it elsewhere and finds nothing"}
	switch {
	case r.Required || c.enc == Avro && r.Default == "":
		i.verdict, i.why = Error, "the reader requires it and the writer does not write it"
	case value == "" && (means < 0 || c.enc == Avro || w[means].Required ||
		same(c.enc, w[means], absent(c.enc, w[means]), r, absent(c.enc, r))):
		return field, path, nil
	}
	return field, path, []issue{i}
}

// other is a value of the writer's field, written and not what the reader takes its absence for; empty if there is none.
func (c comparison) other(w, r Field) string {
	for _, v := range candidates(c.enc, w, r) {
		if c.unwritten(w, v) {
			continue
		}
		if w.List {
			v = "[" + v + "]"
		}
		if !same(c.enc, w, v, r, absent(c.enc, r)) {
			return v
		}
	}
	if w.Nullable && absent(c.enc, r) != "null" {
		return "null"
	}
	return ""
}

// unwritten says whether a value is a zero that is left out.
func (c comparison) unwritten(w Field, text string) bool {
	return c.enc == Protobuf && implicit(w) && w.Type != Other && same(c.enc, w, text, w, sample(w, c.enc))
}

// extra is about a field that the reader does not know.
func (c comparison) extra(w Field, r []Field) []issue {
	value := ""
	for _, v := range candidates(c.enc, w, Field{}) {
		if !c.unwritten(w, v) {
			value = v
			break
		}
	}
	if w.List {
		value = "[" + value + "]"
	}
	known := c.enc != Protobuf && slices.ContainsFunc(r, func(f Field) bool {
		return f.Name == w.Name || slices.Contains(f.Aliases, w.Name)
	})
	switch {
	case value == "": // it is never written
	case c.unknown == Refuse && !known:
		return []issue{{verdict: Error, value: value, why: "the reader refuses fields that it does not know"}}
	case c.rewrite && (c.unknown != Keep || known):
		return []issue{{verdict: Lossy, value: value, why: "the reader drops it when it writes the record back"}}
	}
	return nil
}
