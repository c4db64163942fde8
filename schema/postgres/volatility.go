package postgres

import "slices"

// volatility says when an expression gives another value: Constant and stable defaults are evaluated once for all rows
// when a column is added, volatile ones for each row.
type volatility int

const (
	constant volatility = iota
	stable
	volatile
)

// functions is the closed list of what is not volatile; every function that is not here is taken to be (never written).
var functions = map[string]volatility{
	"abs": constant, "ceil": constant, "ceiling": constant, "coalesce": constant, "decode": constant, "encode": constant,
	"floor": constant, "greatest": constant, "jsonb": constant, "least": constant, "left": constant, "length": constant,
	"lower": constant, "lpad": constant, "ltrim": constant, "make_date": constant, "make_interval": constant,
	"md5": constant, "mod": constant, "nullif": constant, "repeat": constant, "replace": constant, "right": constant,
	"round": constant, "row": constant, "rpad": constant, "rtrim": constant, "sha256": constant, "substr": constant,
	"trunc": constant, "upper": constant, "array": constant,
	"concat": stable, "current_database": stable, "current_schema": stable, "current_setting": stable,
	"date_trunc": stable, "format": stable, "json_build_object": stable, "jsonb_build_object": stable,
	"jsonb_build_array": stable, "now": stable, "statement_timestamp": stable, "to_char": stable,
	"to_timestamp": stable, "transaction_timestamp": stable,
}

// keywords are the words of an expression that are neither a function's name nor a column's (never written).
var keywords = map[string]volatility{
	"null": constant, "true": constant, "false": constant, "array": constant, "and": constant, "or": constant,
	"not": constant, "is": constant, "in": constant, "at": constant, "zone": constant, "as": constant,
	"case": constant, "when": constant, "then": constant, "else": constant, "end": constant, "collate": constant,
	"current_timestamp": stable, "current_date": stable, "current_time": stable, "localtimestamp": stable,
	"localtime": stable, "current_user": stable, "session_user": stable, "user": stable, "current_role": stable,
	"current_catalog": stable, "current_schema": stable,
}

// volatilityOf is the worst of what is in an expression. What it does not know is volatile.
func volatilityOf(expr []token) volatility {
	worst := constant
	for i, t := range expr {
		v := volatile
		call := i+1 < len(expr) && expr[i+1].kind == symbol && expr[i+1].text == "("
		switch {
		case t.kind == text || t.kind == number:
			v = constant
		case t.kind == symbol:
			if slices.Contains(symbols, t.text) {
				v = constant
			}
		case t.kind == word:
			v = wordVolatility(expr, i, call)
		case t.kind == quoted && literalCast(expr, i):
			v = constant
		}
		worst = max(worst, v)
	}
	return worst
}

// symbols are the operators that built-in types have, none of which is volatile (never written).
var symbols = []string{
	"+", "-", "*", "/", "%", "^", "|", "||", "&", "#", "<", ">", "=", "<=", ">=", "<>", "!=", "->", "->>", "::",
	"(", ")", "[", "]", ",", ".",
}

// wordVolatility judges one word: a call by its function, a type by whether it is built in or is given a literal, whose
// text the server reads by a function that is not volatile.
func wordVolatility(expr []token, i int, call bool) volatility {
	w := expr[i].text
	if _, isType := aliases[w]; isType && (literalCast(expr, i) || i > 0 && (expr[i-1].text == "::" || expr[i-1].text == "as") || i+1 < len(expr) && expr[i+1].kind == text) {
		return constant
	}
	if i > 0 && expr[i-1].text == "." {
		return schemaVolatility(expr, i, call)
	}
	if i+1 < len(expr) && expr[i+1].text == "." {
		return constant // the schema of what is judged next
	}
	if call {
		if v, ok := functions[w]; ok {
			return v
		}
		if v, ok := keywords[w]; ok {
			return v // current_time(3), in (1, 2)
		}
		return callVolatility(w)
	}
	if v, ok := keywords[w]; ok {
		return v
	}
	if literalCast(expr, i) || slices.Contains([]string{"precision", "varying", "double", "without", "with", "time"}, w) {
		return constant
	}
	return volatile
}

// callVolatility is that of CAST(...) and of everything unknown.
func callVolatility(w string) volatility {
	if w == "cast" {
		return constant
	}
	return volatile
}

// schemaVolatility judges a name behind its schema, which only pg_catalog vouches for.
func schemaVolatility(expr []token, i int, call bool) volatility {
	if i > 1 && expr[i-2].text == "pg_catalog" && call {
		if v, ok := functions[expr[i].text]; ok {
			return v
		}
	}
	if literalCast(expr, i) {
		return constant
	}
	return volatile
}

// literalCast reports whether the token is the name, or part of the name, of a type to which a literal is cast: 'a'::mood.
func literalCast(expr []token, i int) bool {
	for i > 1 && expr[i-1].text == "." {
		i -= 2
	}
	return i > 1 && expr[i-1].kind == symbol && expr[i-1].text == "::" && expr[i-2].kind == text
}
