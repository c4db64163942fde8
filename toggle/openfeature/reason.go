package openfeature

import (
	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// StaleReason is the specification's reason for a value that may be out of date, for which
// the SDK has no constant: the source was silent for too long, and the flag serves its safe
// side.
const StaleReason of.Reason = "STALE"

func reason(r toggle.Reason) of.Reason {
	switch r {
	case toggle.Static, toggle.Overridden:
		return of.StaticReason
	case toggle.Default:
		return of.DefaultReason
	case toggle.TargetingMatch:
		return of.TargetingMatchReason
	case toggle.Split:
		return of.SplitReason
	case toggle.Disabled, toggle.Killed, toggle.Prerequired:
		return of.DisabledReason
	case toggle.Outdated:
		return StaleReason
	case toggle.Failed:
		return of.ErrorReason
	}
	return of.UnknownReason
}

func resolutionError(r *toggle.Result) of.ResolutionError {
	switch r.Error {
	case "":
		return of.ResolutionError{}
	case toggle.FlagNotFound:
		return of.NewFlagNotFoundResolutionError(r.Detail)
	case toggle.FlagBroken:
		return of.NewParseErrorResolutionError(r.Detail)
	case toggle.TypeMismatch:
		return of.NewTypeMismatchResolutionError(r.Detail)
	case toggle.TargetingKeyMissing:
		return of.NewTargetingKeyMissingResolutionError(r.Detail)
	case toggle.NotReady:
		return of.NewProviderNotReadyResolutionError(r.Detail)
	}
	return of.NewGeneralResolutionError(r.Detail)
}
