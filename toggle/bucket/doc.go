// Package bucket decides which variant of a flag a key gets: the same key always
// the same one, without anything being stored.
package bucket
