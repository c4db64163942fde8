package rollout_test

import (
	"flag"
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lowers how often properties are tried: a try is a whole rollout in a
// hostile world. -rapid.checks and RAPID_CHECKS ask for more; with -short, rapid
// itself makes a fifth of the tries, with half the steps. Garbage is collected less
// often, as the walk and the tries make much of it and keep little; benchmarks are
// left alone, and so is who sets GOGC.
func TestMain(m *testing.M) {
	flag.Parse()
	asked, bench := os.Getenv("RAPID_CHECKS") != "", false
	flag.Visit(func(f *flag.Flag) {
		asked = asked || f.Name == "rapid.checks"
		bench = bench || f.Name == "test.bench"
	})
	if !asked {
		if err := flag.Set("rapid.checks", "30"); err != nil {
			panic(err)
		}
	}
	if !bench && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(m.Run())
}
