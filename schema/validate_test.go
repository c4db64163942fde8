package schema_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// problems are the lines of an error.
func problems(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestValidate(t *testing.T) {
	nine := func(p *schema.Plan) {
		for n := range strings.SplitSeq("cdefghi", "") {
			p.Forms = append(p.Forms, schema.Form{Name: n, Attribute: "name", Store: "orders"})
		}
	}
	tests := []struct {
		name string
		do   func(*schema.Plan)
		want []string
	}{
		{"nothing", func(*schema.Plan) {}, nil},
		{"store without name", func(p *schema.Plan) { p.Stores = append(p.Stores, schema.Store{Kind: schema.Blob}) }, []string{
			`stores[1].name: must be given`,
		}},
		{"store twice", func(p *schema.Plan) { p.Stores = append(p.Stores, p.Stores[0]) }, []string{
			`stores[1].name: "orders" is there twice`,
		}},
		{"kind of store", func(p *schema.Plan) { p.Stores = append(p.Stores, schema.Store{Name: "h", Kind: "heap"}) }, []string{
			`stores[1].kind: "heap" must be one of table, blob, topic, call`,
		}},
		{"replica of a topic", func(p *schema.Plan) {
			p.Stores = append(p.Stores, schema.Store{Name: "e", Kind: schema.Topic, Replica: true})
		}, []string{
			`stores[1].replica: is for tables and blobs`,
		}},
		{"attribute twice", func(p *schema.Plan) { p.Attributes = append(p.Attributes, p.Attributes[0]) }, []string{
			`attributes[1].name: "name" is there twice`,
		}},
		{"value twice", func(p *schema.Plan) {
			p.Attributes[0].Values = append(p.Attributes[0].Values, schema.Value{Name: "set"})
		}, []string{
			`attributes[0].values[1].name: "set" is there twice`,
		}},
		{"form twice", func(p *schema.Plan) { p.Forms = append(p.Forms, p.Forms[0]) }, []string{
			`forms[2].name: "a" is there twice`,
		}},
		{"form of nothing", func(p *schema.Plan) {
			p.Forms = append(p.Forms, schema.Form{Name: "c", Attribute: "nome", Store: "shelf"})
		}, []string{
			`forms[2].attribute: "nome" is no attribute of the plan`,
			`forms[2].store: "shelf" is no store of the plan`,
		}},
		{"view of a view", func(p *schema.Plan) { p.Forms[0].Of, p.Forms[1].Of = "b", "a" }, []string{
			`forms[0].of: "b" must be a form of the same attribute that is no view`,
			`forms[1].of: "a" must be a form of the same attribute that is no view`,
		}},
		{"fits what is not", func(p *schema.Plan) { p.Forms[0].Fits = []schema.Fit{{Value: "wide", Verdict: "maybe"}} }, []string{
			`forms[0].fits[0].value: "wide" is no value of "name"`,
			`forms[0].fits[0].verdict: "maybe" must be one of ok, lossy, error`,
		}},
		{"fits twice", func(p *schema.Plan) {
			p.Forms[0].Fits = []schema.Fit{{Value: "set", Verdict: schema.Lossy}, {Value: "set", Verdict: schema.Error}}
		}, []string{
			`forms[0].fits[1].value: "set" is there twice`,
		}},
		{"too many forms", nine, []string{
			`forms[8]: "i" is one too many: an attribute has at most 8 forms`,
		}},
		{"service with @", func(p *schema.Plan) { p.Versions[1].Service = "a@b" }, []string{
			`versions[1].service: "a@b" must be a name without @`,
			`steps[1].deploy: "app@v2" is no version of the plan: versions are named "service@version"`,
			`steps[6].needs[1].version: "app@v2" is no version of the plan: versions are named "service@version"`,
		}},
		{"version twice", func(p *schema.Plan) { p.Versions[1].Name = "v1" }, []string{
			`versions[1].name: "v1" is there twice`,
			`steps[1].deploy: "app@v2" is no version of the plan: versions are named "service@version"`,
			`steps[6].needs[1].version: "app@v2" is no version of the plan: versions are named "service@version"`,
		}},
		{"reads twice and what is not", func(p *schema.Plan) {
			p.Versions[0].Reads = append(p.Versions[0].Reads, schema.Read{Attribute: "name", Forms: []string{"z"}})
		}, []string{
			`versions[0].reads[1].attribute: "name" is there twice`,
			`versions[0].reads[1].forms[0]: "z" is no form of the plan`,
		}},
		{"writes nothing", func(p *schema.Plan) { p.Versions[0].Writes[0].Together = nil }, []string{
			`versions[0].writes[0].together: must have at least one list of forms`,
		}},
		{"writes no forms", func(p *schema.Plan) { p.Versions[0].Writes[0].Together = [][]string{{}} }, []string{
			`versions[0].writes[0].together[0]: must have at least one form`,
		}},
		{"writes no value", func(p *schema.Plan) { p.Versions[0].Writes[0].Values = []string{"wide"} }, []string{
			`versions[0].writes[0].values[0]: "wide" is no value of "name"`,
		}},
		{"lists of stores", func(p *schema.Plan) {
			v := &p.Versions[0]
			v.Makes, v.Strict, v.Whole, v.Star = []string{"shelf"}, []string{"orders"}, []string{"orders"}, []string{"orders"}
		}, []string{
			`versions[0].makes[0]: "shelf" is no store of the plan`,
			`versions[0].strict[0]: "orders" is a table, and strict does not apply to it`,
			`versions[0].whole[0]: "orders" is a table, and whole does not apply to it`,
		}},
		{"two versions of a service", func(p *schema.Plan) { p.Start.Running = append(p.Start.Running, "app@v2", "v9") }, []string{
			`start.running[1]: "app@v2" is a second version of its service`,
			`start.running[2]: "v9" is no version of the plan: versions are named "service@version"`,
		}},
		{"world", func(p *schema.Plan) {
			p.Goal.Forms = []string{"b", "b", "z"}
			p.Goal.Refuses = []schema.Refusal{{Form: "b"}, {Form: "b", Value: "wide"}}
			p.Goal.Syncs = []schema.Sync{{From: "a", To: "a"}}
			p.Goal.Retained, p.Goal.Doubtful = []string{"a"}, []string{"z"}
		}, []string{
			`goal.forms[1]: "b" is there twice`,
			`goal.forms[2]: "z" is no form of the plan`,
			`goal.refuses[0].value: must be given`,
			`goal.refuses[1].value: "wide" is no value of "name"`,
			`goal.syncs[0].to: "a" must be another form`,
			`goal.retained[0]: "a" is in no topic, so nothing is retained in it`,
			`goal.doubtful[0]: "z" is no form of the plan`,
		}},
		{"step named start", func(p *schema.Plan) { p.Steps[0].Name = "start" }, []string{
			`steps[0].name: "start" is there twice`,
		}},
		{"step of two kinds", func(p *schema.Plan) { p.Steps[0].Deploy = "app@v2" }, []string{
			`steps[0]: "add b" must have only one of changes, deploy and backfill`,
		}},
		{"phase", func(p *schema.Plan) { p.Steps[0].Phase = "later" }, []string{
			`steps[0].phase: "later" must be one of expand, deploy, backfill, verify, switch, contract`,
		}},
		{"changes", func(p *schema.Plan) {
			p.Steps[0].Changes = []schema.Change{
				{Do: "paint", Form: "a"}, {Do: schema.Add, Form: "z"}, {Do: schema.Tie, Form: "a"}, {Do: schema.Accept, Form: "a", Value: schema.Null, Unchecked: true},
			}
		}, []string{
			`steps[0].changes[0].do: "paint" must be one of add, drop, refuse, accept, tie, untie`,
			`steps[0].changes[1].form: "z" is no form of the plan`,
			`steps[0].changes[2].to: "" is no form of the plan`,
			`steps[0].changes[3].unchecked: is for refuse`,
		}},
		{"backfill", func(p *schema.Plan) { p.Steps[2].Backfill = &schema.Backfill{Form: "b", Mode: "slow"} }, []string{
			`steps[2].backfill.mode: "slow" must be one of compareAndSet, readThenWrite`,
			`steps[2].backfill.value: "" must be a value, if there is no from`,
		}},
		{"backfill of both", func(p *schema.Plan) { p.Steps[2].Backfill.Value = "set" }, []string{
			`steps[2].backfill.value: "set" must not stand beside from`,
		}},
		{"backfill of itself", func(p *schema.Plan) { p.Steps[2].Backfill.From = "b" }, []string{
			`steps[2].backfill.from: "b" must be another form`,
		}},
		{"backfill of messages", func(p *schema.Plan) {
			p.Stores[0].Kind, p.Start.Retained = schema.Topic, []string{"a"}
		}, []string{
			`steps[2].backfill.form: "b" is in a store that keeps what it has: wait until it has expired`,
		}},
		{"needs", func(p *schema.Plan) {
			p.Steps[0].Needs = []schema.Condition{
				{Is: "sunny"},
				{Is: schema.Drained, Version: "v1"},
				{Is: schema.Maintained, Form: "b"},
				{Is: schema.Absent, Form: "b"},
				{Is: schema.Expired, Form: "b", Once: true},
			}
		}, []string{
			`steps[0].needs[0].is: "sunny" must be one of drained, maintained, proven, absent, unused, expired, caughtUp`,
			`steps[0].needs[0].form: "" is no form of the plan`,
			`steps[0].needs[1].version: "v1" is no version of the plan: versions are named "service@version"`,
			`steps[0].needs[2].from: "" is no form of the plan`,
			`steps[0].needs[3].value: must be given`,
			`steps[0].needs[4].once: is for proven, absent and unused`,
		}},
		{"forgoes", func(p *schema.Plan) { p.Steps[0].Forgoes = []string{"v1"} }, []string{
			`steps[0].forgoes[0]: "v1" is no version of the plan: versions are named "service@version"`,
		}},
		{"accepts", func(p *schema.Plan) { p.Accepts = []schema.Loss{{Attribute: "name", Value: "wide"}} }, []string{
			`accepts[0].value: "wide" is no value of "name"`,
		}},
		{"too many rules", func(p *schema.Plan) {
			for i := range 29 {
				value := fmt.Sprint("v", i)
				p.Attributes[0].Values = append(p.Attributes[0].Values, schema.Value{Name: value})
				p.Start.Refuses = append(p.Start.Refuses, schema.Refusal{Form: "a", Value: value})
				p.Goal.Refuses = append(p.Goal.Refuses, schema.Refusal{Form: "b", Value: value, Unchecked: true})
			}
			p.Versions[0].Writes[0].Together = slices.Repeat([][]string{{"a"}}, 9)
		}, []string{
			`versions[0].writes[0].together: 9 must be at most 8`,
			`attributes[0], constraints: 59 must be at most 32`,
		}},
		{"everything at once", func(p *schema.Plan) {
			p.Stores[0].Name, p.Attributes[0].Name, p.Steps[7].Name = "", "", ""
		}, []string{
			`stores[0].name: must be given`,
			`attributes[0].name: must be given`,
			`forms[0].attribute: "name" is no attribute of the plan`,
			`forms[0].store: "orders" is no store of the plan`,
			`forms[1].attribute: "name" is no attribute of the plan`,
			`forms[1].store: "orders" is no store of the plan`,
			`versions[0].writes[0].attribute: "name" has no values that could be written`,
			`versions[0].makes[0]: "orders" is no store of the plan`,
			`versions[1].writes[0].attribute: "name" has no values that could be written`,
			`versions[1].makes[0]: "orders" is no store of the plan`,
			`versions[2].writes[0].attribute: "name" has no values that could be written`,
			`versions[2].makes[0]: "orders" is no store of the plan`,
			`versions[3].writes[0].attribute: "name" has no values that could be written`,
			`versions[3].makes[0]: "orders" is no store of the plan`,
			`steps[7].name: must be given`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := deep(t, rename())
			test.do(&p)
			got := problems(p.Validate())
			if !slices.Equal(got, test.want) {
				t.Errorf("%q", got)
			}
			_, err := schema.Verify(p, schema.Options{})
			var field *schema.FieldError
			if !slices.Equal(problems(err), got) || err != nil && !errors.As(err, &field) {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}
