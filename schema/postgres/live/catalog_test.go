package live

import (
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// catalog reads what the linter wants to know of the schema public.
func (d db) catalog() postgres.Catalog {
	d.t.Helper()
	var c postgres.Catalog
	at := map[string]int{}
	for _, r := range rows[string](d, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') ORDER BY 1`) {
		at[r[0]] = len(c.Tables)
		c.Tables = append(c.Tables, postgres.Table{Name: r[0]})
	}
	for _, r := range rows[string](d, `SELECT c.relname, a.attname, format_type(atttypid, atttypmod), attnotnull::text,
		coalesce(pg_get_serial_sequence(quote_ident(c.relname), a.attname), '')
		FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace
		AND relkind IN ('r', 'p', 'm') AND attnum > 0 AND NOT attisdropped ORDER BY 1, attnum`) {
		t := &c.Tables[at[r[0]]]
		t.Columns = append(t.Columns, postgres.Column{Name: r[1], Type: r[2], NotNull: r[3] == "true", Sequence: r[4]})
	}
	for _, r := range rows[string](d, `SELECT t.relname, i.relname, indisunique::text, indisvalid::text,
		array_to_string(ARRAY(SELECT attname FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (indkey)), ',')
		FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_class t ON t.oid = indrelid
		WHERE t.relnamespace = 'public'::regnamespace ORDER BY 1, 2`) {
		t := &c.Tables[at[r[0]]]
		t.Indexes = append(t.Indexes, postgres.Index{Name: r[1], Unique: r[2] == "true", Invalid: r[3] != "true", Columns: strings.Split(r[4], ",")})
	}
	kinds := map[string]postgres.ConstraintKind{
		"c": postgres.Check, "f": postgres.ForeignKey, "u": postgres.Unique, "p": postgres.PrimaryKey, "x": postgres.Exclusion,
	}
	for _, r := range rows[string](d, `SELECT t.relname, conname, contype::text, convalidated::text, coalesce(f.relname, ''),
		coalesce(pg_get_expr(conbin, conrelid), ''),
		array_to_string(ARRAY(SELECT attname FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (conkey)), ',')
		FROM pg_constraint JOIN pg_class t ON t.oid = conrelid LEFT JOIN pg_class f ON f.oid = confrelid
		WHERE t.relnamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'p', 'x') ORDER BY 1, 2`) {
		t := &c.Tables[at[r[0]]]
		t.Constraints = append(t.Constraints, postgres.Constraint{
			Name: r[1], Kind: kinds[r[2]], NotValid: r[3] != "true", References: r[4], Expression: r[5], Columns: strings.Split(r[6], ","),
		})
	}
	for _, r := range rows[string](d, `SELECT t.relname, v.relname, array_to_string(array_agg(attname::text), ',')
		FROM pg_depend JOIN pg_rewrite r ON r.oid = objid AND classid = 'pg_rewrite'::regclass JOIN pg_class v ON v.oid = ev_class
		JOIN pg_class t ON t.oid = refobjid AND refclassid = 'pg_class'::regclass
		LEFT JOIN pg_attribute ON attrelid = t.oid AND attnum = refobjsubid AND attnum > 0
		WHERE v.oid <> t.oid AND t.relnamespace = 'public'::regnamespace AND v.relkind IN ('v', 'm') GROUP BY 1, 2 ORDER BY 1, 2`) {
		if i, ok := at[r[0]]; ok {
			c.Tables[i].Views = append(c.Tables[i].Views, postgres.View{Name: r[1], Columns: strings.Split(r[2], ",")})
		}
	}
	for _, r := range rows[string](d, `SELECT typname, typtype::text FROM pg_type WHERE typnamespace = 'public'::regnamespace
		AND typtype IN ('d', 'e') ORDER BY 1`) {
		c.Types = append(c.Types, postgres.Type{Name: r[0], Kind: map[string]postgres.TypeKind{"d": postgres.Domain, "e": postgres.Enum}[r[1]]})
	}
	return c
}
