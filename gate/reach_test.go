package gate_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// reaches are lists of bakes that need so many minutes; a bake of zero can never open.
func reaches(minutes ...int) (gates []gate.Gate) {
	for _, m := range minutes {
		gates = append(gates, gate.Bake{For: time.Duration(m) * time.Minute})
	}
	return gates
}

// What lists need of their parts decides whether they can open, and after how long.
func TestCanOpenAndLeast(t *testing.T) {
	can := func(g gate.Gate) error {
		if b, ok := g.(gate.Bake); ok && b.For == 0 {
			return errors.New("never")
		}
		return nil
	}
	length := func(g gate.Gate) time.Duration { return g.(gate.Bake).For }
	for _, tc := range []struct {
		name  string
		gates []gate.Gate
		never string
		least int
	}{
		{"nothing", nil, "", 0},
		{"the longest of a list", reaches(1, 3, 2), "", 3},
		{"one that never opens", reaches(1, 0), "[1].bake: never", 1},
		{"all", []gate.Gate{gate.All(reaches(0, 5)), &gate.All{gate.Bake{}}}, "[0].all[0].bake: never\n[1].all[0].bake: never", 5},
		{"any", []gate.Gate{gate.Any(reaches(0, 5, 4))}, "", 0},
		{"the shortest of any", []gate.Gate{gate.Any(reaches(7, 5, 6)), &gate.Any{gate.Bake{For: 2 * time.Minute}}}, "", 5},
		{"any of none", []gate.Gate{gate.Any(reaches(0, 0))}, "[0].any[0].bake: never\n[0].any[1].bake: never", 0},
		{"so many", []gate.Gate{gate.AtLeast{N: 2, Of: reaches(9, 0, 5, 7)}}, "", 5},
		{"one too few", []gate.Gate{gate.AtLeast{N: 3, Of: reaches(9, 0, 5, 0)}}, "[0].atLeast.of[1].bake: never\n[0].atLeast.of[3].bake: never", 5},
		{"behind a pointer", []gate.Gate{&gate.AtLeast{N: 2, Of: reaches(9, 0, 5)}}, "", 5},
		{"too few behind a pointer", []gate.Gate{&gate.AtLeast{N: 2, Of: reaches(0, 0, 5)}}, "[0].atLeast.of[0].bake: never\n[0].atLeast.of[1].bake: never", 0},
		{"under a name", []gate.Gate{gate.Named{Name: "x", Gate: gate.Bake{}}, &gate.Named{Name: "x", Gate: gate.All(reaches(8))}}, "[0].named.gate.bake: never", 8},
		{"of somebody else", []gate.Gate{pair(reaches(0, 9))}, "", 0},
		{"more than there are", []gate.Gate{gate.AtLeast{N: 3, Of: reaches(1, 2)}}, "", 2},
	} {
		err, got := gate.CanOpen(tc.gates, can), ""
		if err != nil {
			got = err.Error()
		}
		if got != tc.never {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.never)
		}
		if d := gate.Least(tc.gates, length); d != time.Duration(tc.least)*time.Minute {
			t.Errorf("%s: at least %v, want %dm", tc.name, d, tc.least)
		}
	}
}
