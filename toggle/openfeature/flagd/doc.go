// Package flagd reads the flag definitions of flagd, so that they are evaluated here, with
// the same results and in the same buckets.
//
//	set, err := flagd.Load(file, flagd.Options{Owner: "checkout"})
//	snapshot, err := toggle.Compile(set, toggle.Options{})
//
// # What is translated
//
// State, variants, defaultVariant, and targeting with $evaluators. The operators are if
// (and ?:), ==, ===, !=, !==, <, <=, >, >= (also between two bounds), in, and, or, !, !!,
// var with a default, cat, starts_with, ends_with, sem_ver and fractional. A flag that is
// disabled, or has no default variant, serves the caller's default.
//
// JSON-logic has two truth values, takes what is missing for null, and compares null,
// booleans, numbers and strings with each other as JavaScript does. The conditions of
// package toggle do none of this, so that a translated rule says it explicitly: "country
// is not CH" becomes everybody but those whose country is CH, be it missing or not.
//
// What cannot be said exactly is an error of that flag, with its path in the file: other
// operators, comparing two attributes, strings in an order, attributes of attributes
// ("user.email"), nested fractional. Such a flag is left out, and the others are not
// touched. Of flags with one name all are left out.
//
// # What a subject must be like
//
// The subject's key is targetingKey. Attributes are strings, numbers, booleans or null, as
// they would be in flagd's context. Of a list it can be asked what is in it; any other test
// of a list is one of its elements here, where JSON-logic says no. Implementations of flagd
// disagree on other types than an operator is about: here starts_with and sem_ver are of
// strings, in converts nothing, cat takes a boolean as the word, and no space around an
// attribute is removed. A string is a number if it is a decimal one. In particular flagd's
// core in Go finds the number 0 in a list of words, where in finds nothing here, and is in
// error, so that the caller's default is served, where in asks whether something that is not
// a string, or is missing, is part of a string (false here), and where cat has a boolean.
//
// What fractional hashes is a string, a boolean after cat, or a whole number after cat of at
// most 2^53 in size. Who has a number with a fraction or a list there cannot be evaluated:
// that is toggle.TargetingKeyMissing, and the caller's default, where flagd hashes the digits.
//
// $flagd.timestamp is the time of the evaluation.
//
// # Buckets
//
// flagd changed its buckets with version 0.15 of its core. Options.Bucketing says which of
// the two a file is for, and every flag keeps it from then on.
package flagd
