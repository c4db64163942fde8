package rollout

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Bounds of a plan.
const (
	MaxPlan   = 1 << 20 // bytes of JSON
	MaxStages = 100
)

// FieldError is one thing wrong with an input: its path, its value, and the rule.
type FieldError = strict.FieldError

var nameRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`) // never written

const nameWords = "must be 1 to 63 letters, digits, dots, dashes or underscores, and begin with a letter or digit"

// Normalize returns the plan with every default filled in.
func (p Plan) Normalize() Plan {
	p.Poll = cmp.Or(p.Poll, time.Second)
	p.OnFailure.Deadline = cmp.Or(p.OnFailure.Deadline, health.Hold)
	p.OnFailure.Rollback = cmp.Or(p.OnFailure.Rollback, RollbackStage)
	p.Health = p.Health.Normalize()
	p.Stages = slices.Clone(p.Stages)
	for i := range p.Stages {
		s := &p.Stages[i]
		if v := reflect.ValueOf(s.Strategy); v.Kind() == reflect.Pointer && v.IsNil() {
			s.Strategy = nil // a pointer to no strategy is none
		}
		s.Target = cmp.Or(s.Target, s.Name)
		s.Deadline = cmp.Or(s.Deadline, 10*time.Minute)
		if s.Health != nil {
			own := s.Health.Normalize()
			s.Health = &own
		}
	}
	return p
}

// Validate joins a *FieldError for everything that is wrong with a normalized
// plan, except for what only [Compile] sees: ladders, and gates.
func (p Plan) Validate() error {
	var wrong strict.Problems
	wrong.Join("release", p.Release.validate())
	if n := len(p.Stages); n < 1 || n > MaxStages {
		wrong.Add("stages", nil, fmt.Sprintf("a plan has 1 to %d stages, this one %d", MaxStages, n))
	}
	for i := range p.Stages {
		wrong.Join(fmt.Sprintf("stages[%d]", i), p.validateStage(i))
	}
	wrong.Join("stages", validateOrder(p.Stages))
	wrong.Join("health", p.Health.Validate())
	if !known(p.OnFailure.Deadline, health.Hold, health.Rollback) {
		wrong.Add("onFailure.deadline", p.OnFailure.Deadline, "must be hold or rollback")
	}
	if !known(p.OnFailure.Rollback, RollbackStage, RollbackAll) {
		wrong.Add("onFailure.rollback", p.OnFailure.Rollback, "must be stage or all")
	}
	if p.Poll < 10*time.Millisecond || p.Poll > time.Minute {
		wrong.Add("poll", p.Poll, "must be between 10ms and 1m")
	}
	return wrong.Err()
}

func (r Release) validate() error {
	var wrong strict.Problems
	if !nameRule.MatchString(r.Name) {
		wrong.Add("name", r.Name, nameWords)
	}
	if r.Version == "" {
		wrong.Add("version", r.Version, "must be given")
	}
	if r.Version != "" && r.Version == r.Replaces {
		wrong.Add("replaces", r.Replaces, "must be another version than the release's own")
	}
	checkText(&wrong, "version", r.Version, maxName)
	checkText(&wrong, "digest", r.Digest, maxText)
	checkText(&wrong, "replaces", r.Replaces, maxName)
	checkText(&wrong, "irreversible", r.Irreversible, maxText)
	checkText(&wrong, "author", r.Author, maxName)
	checkText(&wrong, "risk", r.Risk, maxText)
	checkNotes(&wrong, "notes", r.Notes)
	return wrong.Err()
}

// checkText refuses a text that is not what it looks like, or too long.
func checkText(wrong *strict.Problems, path, text string, most int) {
	switch {
	case len(text) > most:
		wrong.Add(path, text, fmt.Sprintf("must have at most %d bytes", most))
	case !utf8.ValidString(text):
		wrong.Add(path, text, "must be valid UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		wrong.Add(path, text, "must not have control characters")
	case strings.TrimSpace(text) != text:
		wrong.Add(path, text, "must not begin or end with space")
	}
}

// checkNotes refuses a text of several lines that cannot be shown.
func checkNotes(wrong *strict.Problems, path, text string) {
	switch {
	case len(text) > maxNotes:
		wrong.Add(path, text, fmt.Sprintf("must have at most %d bytes", maxNotes))
	case !utf8.ValidString(text):
		wrong.Add(path, text, "must be valid UTF-8")
	case strings.ContainsFunc(strings.ReplaceAll(text, "\r\n", "\n"), control):
		wrong.Add(path, text, "must not have control characters but line breaks and tabs")
	}
}

func (p *Plan) validateStage(i int) error {
	var wrong strict.Problems
	s := &p.Stages[i]
	if !nameRule.MatchString(s.Name) {
		wrong.Add("name", s.Name, nameWords)
	}
	if j := stageIndex(p.Stages, s.Name); j != i {
		wrong.Add("name", s.Name, fmt.Sprintf("must be unique: stages[%d] has it too", j))
	}
	if j := slices.IndexFunc(p.Stages, func(o Stage) bool { return o.Target == s.Target }); j != i {
		wrong.Add("target", s.Target, fmt.Sprintf("must be its own: stages[%d] has it too", j))
	}
	checkText(&wrong, "target", s.Target, maxText)
	for k, need := range s.Needs {
		path := fmt.Sprintf("needs[%d]", k)
		switch {
		case need == s.Name:
			wrong.Add(path, need, "must be another stage than its own")
		case stageIndex(p.Stages, need) < 0:
			wrong.Add(path, need, "must be the name of a stage")
		case slices.Index(s.Needs, need) != k:
			wrong.Add(path, need, "must be named once")
		}
	}
	if s.Strategy == nil {
		wrong.Add("strategy", nil, "must be given: one object whose key is the kind, such as {\"rolling\": {}}")
	}
	if s.Deadline < time.Second || s.Deadline > 1000*time.Hour {
		wrong.Add("deadline", s.Deadline, "must be between 1s and 1000h")
	}
	if s.GateDeadline != 0 && s.GateDeadline < time.Second {
		wrong.Add("gateDeadline", s.GateDeadline, "must be at least 1s; 0 means none")
	}
	if s.Health != nil {
		wrong.Join("health", s.Health.Validate())
	}
	return wrong.Err()
}

// validateOrder refuses stages that need one another in a circle: no stage of it
// could ever begin. Every circle is told once, by its first stage.
func validateOrder(stages []Stage) error {
	if len(stages) > MaxStages {
		return nil // Validate has said so
	}
	var wrong strict.Problems
	needs := make([][]int, len(stages))
	for i := range stages {
		for _, name := range stages[i].Needs {
			if j := stageIndex(stages, name); j >= 0 && j != i && !slices.Contains(needs[i], j) {
				needs[i] = append(needs[i], j)
			}
		}
	}
	told := make([]bool, len(stages))
	for i := range stages {
		way := wayBack(needs, i)
		if told[i] || way == nil {
			continue
		}
		names := []string{stages[i].Name}
		for _, j := range way {
			told[j] = true
			names = append(names, stages[j].Name)
		}
		first := stages[way[0]].Name
		wrong.Add(fmt.Sprintf("[%d].needs[%d]", i, slices.Index(stages[i].Needs, first)), first, "must not lead back to the stage itself, which could never begin: "+strings.Join(names, " needs "))
	}
	return wrong.Err()
}

// wayBack is a shortest way from a stage over what it needs back to itself, nil if
// there is none.
func wayBack(needs [][]int, start int) []int {
	from := make(map[int]int, len(needs))
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, j := range needs[at] {
			if _, seen := from[j]; !seen {
				from[j] = at
				queue = append(queue, j)
			}
		}
	}
	if _, back := from[start]; !back {
		return nil
	}
	way := []int{start}
	for at := from[start]; at != start; at = from[at] {
		way = append(way, at)
	}
	slices.Reverse(way)
	return way
}

func stageIndex(stages []Stage, name string) int {
	return slices.IndexFunc(stages, func(s Stage) bool { return s.Name == name })
}

func known[T comparable](v T, values ...T) bool { return slices.Contains(values, v) }

func unique(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

func sortedKeys(m map[string][]gate.Gate) []string { return slices.Sorted(maps.Keys(m)) }

func (c *stage) hasStep(name string) bool {
	for i := range c.ladder.Steps {
		if c.ladder.Steps[i].Name == name {
			return true
		}
	}
	return false
}

func (c *stage) stepNames() string {
	names := make([]string, 0, len(c.ladder.Steps))
	for i := range c.ladder.Steps {
		names = append(names, c.ladder.Steps[i].Name)
	}
	return strings.Join(names, ", ")
}
