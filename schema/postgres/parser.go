package postgres

import "strings"

// parser walks over the tokens of one statement. What it does not expect sets bad, and nothing is believed then.
type parser struct {
	sql  string
	toks []token
	i    int
	bad  bool
	w    *world
}

// peek reports whether the next tokens are these keywords and symbols.
func (p *parser) peek(words ...string) bool {
	for n, w := range words {
		if p.i+n >= len(p.toks) {
			return false
		}
		if t := p.toks[p.i+n]; t.text != w || t.kind != word && t.kind != symbol {
			return false
		}
	}
	return true
}

// take goes past these tokens if they are next.
func (p *parser) take(words ...string) bool {
	if !p.peek(words...) {
		return false
	}
	p.i += len(words)
	return true
}

// any goes past the first of these keywords that is next, and returns it.
func (p *parser) any(words ...string) string {
	for _, w := range words {
		if p.take(w) {
			return w
		}
	}
	return ""
}

// need is take of what must be there.
func (p *parser) need(words ...string) {
	if !p.take(words...) {
		p.bad = true
	}
}

// one goes past a token of this kind, if it is next, and returns its text.
func (p *parser) one(k kind) string {
	if p.i < len(p.toks) && p.toks[p.i].kind == k {
		p.i++
		return p.toks[p.i-1].text
	}
	return ""
}

func (p *parser) end() bool { return p.i >= len(p.toks) }

// ident reads one identifier, in quotes again if it needs them.
func (p *parser) ident() string {
	if p.end() || p.toks[p.i].kind != word && p.toks[p.i].kind != quoted {
		p.bad = true
		return ""
	}
	t := p.toks[p.i]
	p.i++
	if t.kind == quoted && !plain(t.text) {
		return `"` + strings.ReplaceAll(t.text, `"`, `""`) + `"`
	}
	return t.text
}

// plain reports whether a name means the same without quotes.
func plain(s string) bool {
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || r == '_' || i > 0 && (r >= '0' && r <= '9' || r == '$')) {
			return false
		}
	}
	return s != ""
}

// name reads a name with or without its schema; that of public is left out.
func (p *parser) name() string {
	var s strings.Builder
	s.WriteString(p.ident())
	for p.take(".") {
		s.WriteString("." + p.ident())
	}
	return unqualified(s.String())
}

func unqualified(s string) string { return strings.TrimPrefix(s, "public.") }

// names reads names between commas.
func (p *parser) names() []string {
	all := []string{p.name()}
	for p.take(",") {
		all = append(all, p.name())
	}
	return all
}

// list reads names in parentheses.
func (p *parser) list() []string {
	p.need("(")
	all := p.names()
	p.need(")")
	return all
}

// group goes past a balanced group in parentheses and returns what is between them.
func (p *parser) group() []token {
	if !p.take("(") {
		p.bad = true
		return nil
	}
	from, depth := p.i, 1
	for ; p.i < len(p.toks); p.i++ {
		if p.peek("(") {
			depth++
		}
		if p.peek(")") {
			if depth--; depth == 0 {
				p.i++
				return p.toks[from : p.i-1]
			}
		}
	}
	p.bad = true
	return nil
}

// upTo goes on to the first of these words, or to a comma or the end, outside of all parentheses, and returns what it
// went past.
func (p *parser) upTo(words ...string) []token {
	from := p.i
	for !p.end() && !p.peek(",") && !p.peek(")") {
		stop := false
		for _, w := range words {
			stop = stop || p.peek(w)
		}
		if stop && p.i > from {
			break
		}
		switch {
		case p.peek("("):
			p.group()
		case p.peek("["):
			for !p.end() && !p.peek("]") {
				p.i++
			}
		default:
			p.i++
		}
	}
	return p.toks[from:min(p.i, len(p.toks))]
}

// rest goes past everything that is left.
func (p *parser) rest() { p.i = len(p.toks) }

// has reports whether a word stands anywhere from here on, at any depth.
func (p *parser) has(w string) bool {
	for _, t := range p.toks[min(p.i, len(p.toks)):] {
		if t.kind == word && t.text == w {
			return true
		}
	}
	return false
}

// ifExists goes past IF EXISTS, or IF NOT EXISTS, and reports whether it was there.
func (p *parser) ifExists() bool { return p.take("if", "exists") || p.take("if", "not", "exists") }
