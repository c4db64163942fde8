package gate_test

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// An approval that lifts a freeze or opens a window says what it is for: to approve the
// step is not to lift it.
func TestExceptionsAreNamed(t *testing.T) {
	for _, except := range []gate.Gate{
		gate.Approval{}, &gate.Approval{Roles: []string{"cto"}}, gate.Any{gate.Fact{Name: "x"}, gate.Approval{}},
	} {
		window, freeze := office(), yearEnd()
		window.Except, freeze.Except = except, except
		_, err := gate.Compile([]gate.Gate{window, freeze})
		if err == nil || strings.Count(err.Error(), "must say what it approves") != 2 {
			t.Errorf("%T: %v", except, err)
		}
	}
	freeze := yearEnd()
	freeze.Except = gate.Approval{For: "freeze"}
	if _, err := gate.Compile([]gate.Gate{freeze}); err != nil {
		t.Error(err)
	}
}
