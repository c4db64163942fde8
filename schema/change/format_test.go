package change_test

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// The order of those who send and those who read is computed from their formats.
func TestFormats(t *testing.T) {
	const (
		small = `{"name": "v1", "encoding": "protobuf", "fields": [{"name": "sum", "number": 1, "type": "int32"}]}`
		wide  = `{"name": "v2", "encoding": "protobuf", "fields": [{"name": "sum", "number": 1, "type": "int64"}]}`
		text  = `{"name": "v3", "encoding": "protobuf", "fields": [{"name": "sum", "number": 2, "type": "string", "required": true}]}`
	)
	plan := func(formats string) (schema.Plan, error) {
		in, err := change.Decode([]byte(`{"changes": [{"changeField": {"topic": "placed", "field": "sum", "oldType": "a", "type": "b", "formats": ` + formats + `}}]}`))
		if err != nil {
			return schema.Plan{}, err
		}
		return change.Plan(in, change.Options{Verify: schema.Options{Records: 1}})
	}
	for _, c := range []struct{ name, old, new, first string }{
		{"the new reader takes what is old", small, wide, "consumer"},
		{"the old reader takes what is new", wide, small, "producer"},
	} {
		p, err := plan(`{"old": ` + c.old + `, "new": ` + c.new + `}`)
		if err != nil {
			t.Fatal(c.name, err)
		}
		var order []string
		for _, s := range p.Steps {
			if s.Deploy != "" {
				order = append(order, s.Deploy)
			}
		}
		if len(order) != 2 || !strings.HasPrefix(order[0], c.first) {
			t.Errorf("%s: deployed %v", c.name, order)
		}
	}
	p, err := plan(`{"old": ` + small + `, "new": ` + text + `}`)
	if err != nil {
		t.Fatal(err)
	}
	deployments := 0
	for _, s := range p.Steps {
		if s.Deploy != "" {
			deployments++
		}
	}
	if deployments < 3 {
		t.Errorf("neither takes the other, and there are %d deployments", deployments)
	}
	_, err = plan(`{"old": {"name": "x", "encoding": "xml"}, "new": ` + small + `}, "newReadsOld": "ok"`)
	for _, want := range []string{"changes[0].changeField.formats.old.encoding", "changes[0].changeField.newReadsOld"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not have %s", err, want)
		}
	}
}
