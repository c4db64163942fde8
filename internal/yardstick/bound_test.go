package main

import (
	"math"
	"testing"
)

// The figures are those that the scenarios were first studied with.
func TestInformation(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"0.6%", ofRates(busy, 0.006, 0.005), 0.0447},
		{"1%", ofRates(busy, 0.01, 0.005), 0.9102},
		{"2%", ofRates(busy, 0.02, 0.005), 5.8806},
		{"5%", ofRates(busy, 0.05, 0.005), 31.1175},
		{"quiet, 5%", ofRates(quiet, 0.05, 0.005), 1.1017},
		{"quiet, 20%", ofRates(quiet, 0.20, 0.005), 7.3397},
		{"x1.10", ofLatency(busy, duration{factor: 1.10}), 3.1273},
		{"x1.25", ofLatency(busy, duration{factor: 1.25}), 17.1024},
		{"2%+1s", ofLatency(busy, duration{1, 0.02, 1}), 24.9427},
		{"5%+5s", ofLatency(busy, duration{1, 0.05, 5}), 75.4958},
		{"10% faster", ofLatency(busy, duration{factor: 0.9}), 3.8246},
		{"no worse", ofRates(busy, 0.005, 0.005), 0},
		{"limit", ofLimit(busy, 0.05, 0.01), 500 * (0.05*math.Log(5) + 0.95*math.Log(0.95/0.99))},
	} {
		if math.Abs(c.got-c.want) > 0.00006 {
			t.Errorf("%s: %.4f nats a minute, want %.4f", c.name, c.got, c.want)
		}
	}
}

func TestBound(t *testing.T) {
	for _, c := range []struct{ alpha, information, want float64 }{
		{0.05, 0.9102, 3.29}, {0.001, 0.9102, 7.59}, {0.05, 31.1175, 0.0963}, {0, 1, 0}, {0.05, 0, 0}, {1, 1, 0},
	} {
		if got := bound(c.alpha, c.information); math.Abs(got-c.want) > 0.005 {
			t.Errorf("bound(%g, %g) = %.4f, want %.4f", c.alpha, c.information, got, c.want)
		}
	}
}
