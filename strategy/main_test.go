package strategy

import (
	"flag"
	"os"
	"testing"
)

// TestMain raises how often properties are tried: a try takes microseconds here.
// -rapid.checks and RAPID_CHECKS ask for another number.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := os.Getenv("RAPID_CHECKS") != ""
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked && !testing.Short() {
		if err := flag.Set("rapid.checks", "3000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
