package rollout

// stableOf is what serves when a stage begins: what the release says it replaces,
// or what carries the most traffic. A fleet that runs something else than what the
// release says it replaces, or nothing, is not for the machine to guess about; it is
// passing if a restart of stable may look like that.
func stableOf(r *Release, o *Observed) (stable Artifact, mismatch string, passing bool) {
	var most, named *Version
	again := false // the candidate serves already
	for k := range o.Versions {
		v := &o.Versions[k]
		switch {
		case v.Version == r.Version:
			again = v.serves()
		case v.Instances == 0 && v.Weight == 0 && (v.Stopping == 0 || v.Version != r.Replaces):
		case v.Version == r.Replaces:
			named = v
		case most == nil || v.Weight > most.Weight || v.Weight == most.Weight && v.Ready > most.Ready:
			most = v
		}
	}
	switch {
	case named != nil && (most == nil || named.serves() || !most.serves()):
		return Artifact{named.Version, named.Digest}, "", false
	case most != nil && r.Replaces != "":
		return Artifact{}, "the release replaces " + r.Replaces + ", but the fleet runs " + most.Version, named != nil
	case most != nil:
		return Artifact{most.Version, most.Digest}, "", false
	case o.Desired == 0: // scaled to nothing: what it replaces is a word only
		return Artifact{Version: r.Replaces}, "", false
	case r.Replaces != "" && !again:
		return Artifact{}, "the release replaces " + r.Replaces + ", but the fleet runs nothing", true
	default: // nothing else serves: there is nothing to share with, and to go back to
		return Artifact{}, "", false
	}
}

func (v *Version) serves() bool { return v.Ready > 0 || v.Weight > 0 }
