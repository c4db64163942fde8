package conduct

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/schema"
)

// holds is the value of every fact of a schema.
const holds = "true"

// escape keeps names apart from what stands between them; never written.
var escape = strings.NewReplacer("%", "%25", "/", "%2F", "=", "%3D")

// FactName is the name of the fact that a condition holds, the same at all times: "schema/proven/b=a",
// "schema/drained/app@v1", "schema/absent/status=done". Different conditions have different names; one that
// is asked once has "-once" behind its kind. "%", "/" and "=" in names are written %25, %2F and %3D.
func FactName(c schema.Condition) string {
	kind := escape.Replace(string(c.Is))
	if c.Once {
		kind += "-once"
	}
	name := "schema/" + kind
	switch c.Is {
	case schema.Drained:
		return name + "/" + escape.Replace(c.Version)
	case schema.Maintained, schema.Proven:
		return name + "/" + escape.Replace(c.Form) + "=" + escape.Replace(c.From)
	case schema.Absent:
		return name + "/" + escape.Replace(c.Form) + "=" + escape.Replace(c.Value)
	}
	return name + "/" + escape.Replace(c.Form)
}

// SettledName is the name of the fact that the rollout of a deployment is over and its version serves.
func SettledName(step string) string { return "schema/settled/" + escape.Replace(step) }

// RunsName is the name of the fact that a version, given as "service@version", runs.
func RunsName(version string) string { return "schema/runs/" + escape.Replace(version) }

// Seen is the world as it was seen at one moment. It is data, the same in Go and in JSON.
type Seen struct {
	// At is when it began to be looked at: what it says was so then.
	At time.Time `json:"at"`
	// World is what exists, what is enforced, and which versions run, be it one instance. Only forms of
	// the plan count. A constraint or trigger that is there and not in working order is not in force.
	World schema.World `json:"world"`
	// Holds are those of [Conductor.Asks] that hold; none of the others does.
	Holds []schema.Condition `json:"holds,omitempty"`
	// Settled are the names of the deployments whose newest rollout was completed.
	Settled []string `json:"settled,omitempty"`
	// Furthest is the step furthest in the plan that was ever begun, recorded before it was. It may be left out: it
	// is only read where the schema looks the same at several places of the plan.
	Furthest string `json:"furthest,omitempty"`
}

// Facts are what was seen as a host vouches for it in the input of a rollout, each once.
func (s Seen) Facts() []gate.Vouched {
	var names []string
	for _, c := range s.Holds {
		names = append(names, FactName(c))
	}
	for _, step := range s.Settled {
		names = append(names, SettledName(step))
	}
	for _, version := range s.World.Running {
		names = append(names, RunsName(version))
	}
	slices.Sort(names)
	var out []gate.Vouched
	for _, name := range slices.Compact(names) {
		out = append(out, gate.Vouched{Name: name, Value: holds, At: s.At})
	}
	return out
}
