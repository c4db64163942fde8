package fleet

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// Check compares every row with what was written last, in all forms that are there in a world and whose columns hold it. It is asked
// when nobody writes any more. It returns how many cells were compared, and what is wrong with the others.
func (f *Fleet) Check(ctx context.Context, w schema.World) (cells int, wrong []string, err error) {
	conn, err := f.connect(ctx, "check")
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close(ctx)
	for _, name := range slices.Sorted(maps.Keys(f.attributes)) {
		a := f.attributes[name]
		for _, p := range a.forms {
			if p.topic || len(a.Values) == 0 || !slices.Contains(w.Forms, p.form) {
				continue
			}
			var list []string
			for _, c := range p.columns {
				list = append(list, quoted(c.Name)+"::text")
			}
			got := run(ctx, conn, fmt.Sprintf("SELECT id, %s FROM %s", strings.Join(list, ", "), quoted(p.table)))
			if got.Err != nil {
				return cells, wrong, got.Err
			}
			rows := map[string]text{}
			for _, row := range got.Rows {
				rows[string(row[0])] = row[1:]
			}
			for k, r := range f.records {
				is, there := rows[strconv.Itoa(k)]
				m := r.now().of(a.Name)
				cells++
				if there != (m != gone) || there && !a.means(p.form, is, m) {
					wrong = append(wrong, fmt.Sprintf("record %d: %s has %s, but %s was written", k, p.form, is, m.encode()))
				}
			}
		}
	}
	return cells, wrong, nil
}
