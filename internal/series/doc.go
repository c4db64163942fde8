// Package series is what the sources that read counters share: what a measure names,
// counters differenced series by series, and the interval that is open until it is told.
package series
