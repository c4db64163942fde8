package toggle

// Subject is whom a flag is evaluated for: OpenFeature's evaluation context. It is only
// read, and may be used by any number of evaluations at once. The zero value is nobody in
// particular.
type Subject struct {
	// Key is what exposures and splits are computed from: a user's, a device's or a
	// session's. Nothing is ever computed from an empty one.
	Key        string
	Attributes map[string]Value
}

var nobody Subject // never written
