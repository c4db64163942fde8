// Package review says what a change of flags does before it is applied, and what is wrong
// with flags that are valid.
package review
