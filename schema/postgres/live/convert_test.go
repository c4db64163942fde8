package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// values are the types that are compared, all with all, each with values from the edges of it.
var values = []struct {
	typ  string
	list []string
}{
	{"smallint", []string{"0", "-32768", "32767"}},
	{"integer", []string{"0", "1", "-2147483648", "2147483647"}},
	{"bigint", []string{"0", "-9223372036854775808", "9223372036854775807"}},
	{"numeric", []string{"0", "1.50", "1e200", "-1e-200", "NaN", "12345678901234567890.123"}},
	{"numeric(4,0)", []string{"9999", "-9999", "NaN"}},
	{"numeric(5,2)", []string{"999.99", "-0.01", "NaN"}},
	{"numeric(9,1)", []string{"99999999.9"}},
	{"numeric(10,1)", []string{"999999999.9"}},
	{"numeric(10,2)", []string{"99999999.99", "1.25", "-99999999.99", "NaN"}},
	{"numeric(15,5)", []string{"9999999999.99999", "0.00001"}},
	{"numeric(20,0)", []string{"99999999999999999999"}},
	{"numeric(60,10)", []string{strings.Repeat("9", 50) + ".0000000001"}},
	{"real", []string{"0", "1.5", "3.4028235e38", "1e-45", "NaN", "-Infinity", "16777216"}},
	{"double precision", []string{"0", "0.30000000000000004", "1.7976931348623157e308", "5e-324", "NaN", "Infinity"}},
	{"text", []string{"", "x", "  ", "Ä", strings.Repeat("y", 300)}},
	{"varchar(4)", []string{"", "abcd", "x "}},
	{"varchar(5)", []string{"", "abcde"}},
	{"varchar(20)", []string{strings.Repeat("z", 20)}},
	{"varchar(40)", []string{strings.Repeat("z", 40)}},
	{"char(5)", []string{"x", "abcde"}},
	{"char(40)", []string{"x"}},
	{"citext", []string{"Ab", ""}},
	{"boolean", []string{"true", "false"}},
	{"uuid", []string{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}},
	{"json", []string{"null", `{"a": [1, "x"]}`}},
	{"jsonb", []string{"null", `{"a": [1, "x"]}`}},
	{"inet", []string{"10.0.0.1", "10.0.0.1/8", "::1"}},
	{"cidr", []string{"10.0.0.0/8", "::1"}},
	{"date", []string{"4713-01-01 BC", "5874897-12-31", "infinity"}},
	{"timestamp", []string{"4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999", "-infinity", "2020-02-29 12:34:56.789012"}},
	{"timestamp(0)", []string{"2020-02-29 12:34:56"}},
	{"timestamp(3)", []string{"2020-02-29 12:34:56.789"}},
	{"timestamptz(6)", []string{"2020-02-29 12:34:56.789012+00"}},
	{"timestamptz", []string{"4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "2020-02-29 12:34:56.789012+00"}},
	{"timestamptz(3)", []string{"2020-02-29 12:34:56.789+00"}},
	{"time", []string{"00:00:00", "24:00:00", "12:34:56.789012"}},
	{"time(2)", []string{"12:34:56.78"}},
	{"interval", []string{"1 day", "-00:00:00.000001"}},
	{"interval(1)", []string{"00:00:00.1"}},
	{"bytea", []string{`\x00`}},
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Every verdict of Convert is compared: the files after ALTER TABLE of an empty table with an index, and the values of
// a table with rows. A pair that is not known is never called free.
func TestConvert(t *testing.T) {
	d := database(t)()
	if problem := d.try("CREATE EXTENSION citext"); problem != "" {
		t.Skip("citext is missing (apt-get install postgresql-contrib):", problem)
	}
	about := d.about()
	known, witnesses := 0, 0
	for _, from := range values {
		for _, to := range values {
			c := postgres.Convert(from.typ, to.typ, about)
			back := postgres.Convert(to.typ, from.typ, about)
			if c.Back != back.Forward || c.Known != back.Known {
				t.Fatalf("%s, but %s", c, back)
			}
			if !c.Known {
				if !c.Rewrite || !c.Rebuild || c.Forward.Verdict != schema.Error {
					t.Errorf("%s is called safe", c)
				}
				continue
			}
			known++
			files(d, from.typ, to.typ, c)
			list := from.list
			if c.Forward.Verdict != schema.OK {
				list = []string{c.Forward.Witness}
				witnesses++
			}
			if c.Forward.Verdict == schema.Lossy && !taken(d, from.typ, to.typ, from.list, c.Forward.Explicit) {
				t.Errorf("%s: of the values %q some are refused", c, from.list)
			}
			if got := verdict(d, from.typ, to.typ, list, c.Forward.Explicit); got != c.Forward.Verdict {
				t.Errorf("%s: values %q are %s", c, list, got)
			}
		}
	}
	if known < 400 || witnesses < 200 {
		t.Errorf("only %d pairs and %d witnesses", known, witnesses)
	}
	t.Logf("PostgreSQL %d: %d pairs of types, %d witnesses", about.Version, known, witnesses)
}

// alter is the statement that changes the column c.
func alter(to string, explicit bool) string {
	sql := "ALTER TABLE x ALTER COLUMN c TYPE " + to
	if explicit {
		sql += " USING c::" + to
	}
	return sql
}

// table is a table of one column of a type, with an index if the type can have one.
func table(from string) string {
	sql := fmt.Sprintf("CREATE TABLE x (c %s, o %s);", from, from)
	if from != "json" {
		sql += "CREATE INDEX x_c ON x (c);"
	}
	return sql
}

// files compares what is rewritten. An index counts only if it can be on both types.
func files(d db, from, to string, c postgres.Conversion) {
	d.t.Helper()
	d.do("BEGIN;" + table(from))
	before := look(d)
	if c.Forward.Explicit {
		d.do("SAVEPOINT s")
		if problem := d.try(alter(to, false)); !strings.HasPrefix(problem, "42804") {
			d.t.Errorf("%s without USING: %q, want 42804", c, problem)
		}
		d.do("ROLLBACK TO s")
	}
	indexed := from != "json" && to != "json"
	if to == "json" {
		d.do("DROP INDEX IF EXISTS x_c")
	}
	if problem := d.try(alter(to, c.Forward.Explicit)); problem != "" {
		d.t.Errorf("%s: %s", c, problem)
		d.do("ROLLBACK")
		return
	}
	rewrite, rebuild := changed(before, look(d))
	if rewrite != c.Rewrite || indexed && rebuild != c.Rebuild {
		d.t.Errorf("%s: rewrite %v, indexes %v", c, rewrite, rebuild)
	}
	d.do("ROLLBACK")
}

// verdict stores values, changes the type, and compares them with themselves on the way back.
func verdict(d db, from, to string, list []string, explicit bool) schema.Verdict {
	d.t.Helper()
	d.do("BEGIN;" + fmt.Sprintf("CREATE TABLE x (c %s, o %s)", from, from))
	defer d.do("ROLLBACK")
	for _, v := range list {
		if problem := d.try("INSERT INTO x VALUES (" + literal(v) + ", " + literal(v) + ")"); problem != "" {
			d.t.Errorf("%s is no %s: %s", v, from, problem)
			return ""
		}
	}
	switch problem := d.try(alter(to, explicit)); {
	// Data exceptions: out of range, too long, not the text of a value; and what is said of NaN and infinity.
	case strings.HasPrefix(problem, "22"), strings.HasPrefix(problem, "0A000 cannot convert"):
		return schema.Error
	case problem != "":
		d.t.Errorf("%s to %s: %s", from, to, problem)
		return ""
	}
	same := "c::" + from + " = o"
	if from == "json" {
		same = "c::json::jsonb = o::jsonb"
	}
	if one[bool](d, "SELECT bool_and("+same+") FROM x") {
		return schema.OK
	}
	return schema.Lossy
}

// taken reports whether the values are stored, whatever they become.
func taken(d db, from, to string, list []string, explicit bool) bool {
	d.t.Helper()
	d.do("BEGIN;" + fmt.Sprintf("CREATE TABLE x (c %s)", from))
	defer d.do("ROLLBACK")
	for _, v := range list {
		d.do("INSERT INTO x VALUES (" + literal(v) + ")")
	}
	return d.try(alter(to, explicit)) == ""
}

// In a session whose zone is not UTC, the change between the two timestamps is a rewrite and loses values.
func TestConvertInZone(t *testing.T) {
	d := database(t)()
	for _, zone := range []string{"America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/London", "Europe/Berlin", "Europe/Paris", "Asia/Tokyo", "Etc/UTC", "gmt"} {
		d.do("SET timezone = " + literal(zone))
		about := d.about()
		for _, pair := range [][2]string{{"timestamp", "timestamptz"}, {"timestamptz", "timestamp"}, {"timestamp", "timestamp(3)"}, {"timestamptz(3)", "timestamptz"}} {
			c := postgres.Convert(pair[0], pair[1], about)
			files(d, pair[0], pair[1], c)
			if w := c.Forward.Witness; w != "" {
				if got := verdict(d, pair[0], pair[1], []string{w}, c.Forward.Explicit); got != c.Forward.Verdict {
					t.Errorf("%s: %s: %s", zone, c, got)
				}
			} else if c.Forward.Verdict != schema.OK && zone != "Asia/Tokyo" {
				t.Errorf("%s: %s has no witness", zone, c)
			}
		}
	}
}
