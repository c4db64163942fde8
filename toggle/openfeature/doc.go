// Package openfeature is a provider for the OpenFeature Go SDK: the flags of package toggle
// behind the API that does not name them.
//
//	c, err := client.New(client.Options{Source: &client.HTTP{URL: "https://flags.example.org/shop.json"}})
//	...
//	err = of.SetProviderAndWait(openfeature.New(c, openfeature.Options{}))
//	...
//	on := of.NewDefaultClient().Boolean(ctx, "one-page-checkout", false, of.NewEvaluationContext("user-17", nil))
//
// The SDK runs the client: from when the provider is set until it is shut down or replaced.
//
// # Life
//
// The provider is ready as soon as the client has flags and its source was asked once: flags
// that were kept or built in are enough if the source does not answer. If there are none, it
// is in error, and ready as soon as there are. It is stale while the client is, and goes on
// to serve. A single failed fetch is no event; the state is that of the flags, not of the
// network. A reload, a kill and an override are PROVIDER_CONFIGURATION_CHANGED with the
// names of the flags. After shutdown every evaluation is PROVIDER_NOT_READY, until the
// provider is set again.
//
// # Reasons and errors
//
//	toggle                  OpenFeature
//	Static, Overridden      STATIC
//	Default                 DEFAULT
//	TargetingMatch          TARGETING_MATCH
//	Split                   SPLIT
//	Disabled, Killed,       DISABLED
//	  Prerequired
//	Outdated                STALE
//	Failed                  ERROR, with the code of the same name;
//	                        a broken flag is PARSE_ERROR
//
// Of a flag of another type the error is TYPE_MISMATCH; so it is if an integer is asked for
// and the number is not whole or is beyond 2^53 in size. An object may be a flag of any
// type. A flag that serves the caller's default (toggle.CallersDefault) does so without an
// error and without a variant, for the reason that it has. INVALID_CONTEXT is a targeting key
// that is not a string. No error is GENERAL.
//
// # Metadata
//
// Every evaluation says, also one that failed: digest (of the flag set), state (of the
// client: notReady, bootstrapped, live, stale), confirmed (when the source last said that
// this is what holds, in milliseconds since 1970; not there if it never did; the age is what
// has passed since), reason (toggle's, which is finer), and, if there is one, rule, kind,
// owner, environment and detail. It is shared by evaluations: the SDK gives its users a copy,
// and whoever calls a provider without the SDK must not write to it.
//
// # Context
//
// The targeting key is the subject's key. An attribute is what it is in Go: booleans,
// strings, numbers, instants, and lists of them; pointers are followed; what can write itself
// as text (encoding.TextMarshaler) is that text; other maps, structs and nested lists are
// JSON, which a rule can only ask the presence of. What is nothing of that is null, which no
// condition matches except one on null: not a number, functions, channels, bytes, instants
// before 1678 or after 2261, what contains itself or panics when it is written, and integers
// beyond 2^53 in size, since a rounded one might equal another; give those as text. Attributes named "key" and "now" are not seen by rules.
package openfeature
