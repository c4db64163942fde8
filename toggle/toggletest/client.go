package toggletest

import (
	"context"
	"os"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// Read reads a flag set from a file. The test fails with everything that is wrong with it.
func Read(t TB, path string) toggle.Set {
	t.Helper()
	var set toggle.Set
	data, err := os.ReadFile(path)
	if err == nil {
		err = set.UnmarshalJSON(data)
	}
	if err == nil {
		err = set.Validate()
	}
	if err != nil {
		t.Fatalf("toggletest: flags of %s: %v", path, err)
		return toggle.Set{}
	}
	return set
}

// NewClient is a client that is live with a set, as an environment has it (empty is the
// flags' own settings). It asks nobody, nothing runs, and it counts for [Run] what is
// evaluated until the test ends. The test fails with everything that is wrong with the set.
func NewClient(t TB, set toggle.Set, environment string) *client.Client {
	t.Helper()
	var source client.Memory
	err := source.Store(set)
	var c *client.Client
	if err == nil {
		c, err = client.New(client.Options{Source: &source, Environment: environment, StaleAfter: -1, Count: true})
	}
	if err == nil {
		err = c.Refresh(context.Background())
	}
	if err == nil {
		err = c.Status().Broken
	}
	if err != nil {
		t.Fatalf("toggletest: flags: %v", err)
		return c
	}
	t.Cleanup(func() { run.add(c) })
	return c
}
