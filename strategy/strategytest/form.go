package strategytest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// calls is how often a strategy is asked the same.
const calls = 5

// kind asks for a key under which a strategy can stand in a plan, whatever its
// fields are.
func (k *kit) kind(s strategy.Strategy) string {
	kind := s.Kind()
	isLetter := func(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
	isOther := func(r rune) bool { return !isLetter(r) && !('0' <= r && r <= '9') && r != '-' && r != '_' }
	if len(kind) < 1 || len(kind) > 63 || !isLetter(rune(kind[0])) || strings.ContainsFunc(kind, isOther) {
		k.wrong("kind %q: must be a letter followed by at most 62 letters, digits, - and _: it is a key in plans", kind)
	}
	for range calls {
		if again := s.Kind(); again != kind {
			k.wrong("kind %q: is %q at another call", kind, again)
			return kind
		}
	}
	if empty := zero(reflect.TypeOf(s)).Kind(); empty != kind {
		k.wrong("kind %q: is %q in a zero %T, so that a plan could not be read", kind, empty, s)
	}
	return kind
}

// zero is the strategy of this type that is read into.
func zero(t reflect.Type) strategy.Strategy {
	if t.Kind() == reflect.Pointer {
		return reflect.New(t.Elem()).Interface().(strategy.Strategy)
	}
	return reflect.Zero(t).Interface().(strategy.Strategy)
}

// ladder asks for a valid ladder that is the same at every call, and says whether
// there is one that can be climbed.
func (k *kit) ladder(s strategy.Strategy) (strategy.Ladder, bool) {
	l, err := s.Ladder()
	if err != nil {
		k.wrong("the ladder: %w", err)
		return l, false
	}
	for n := range calls {
		if again, err := s.Ladder(); err != nil || !reflect.DeepEqual(again, l) {
			k.wrong("the ladder: is another one at call %d: %s: was\n%v\nand is\n%v", n+2, problemOr(err, "it must depend on the strategy alone"), l, again)
			break
		}
	}
	if err := l.Validate(); err != nil {
		k.wrong("the ladder is not valid: %w", err)
		return l, false
	}
	last := &l.Steps[len(l.Steps)-1]
	if _, rest := last.Sizes(10, strategy.Can{Split: true}); last.Weight != strategy.Full || rest > 0 {
		k.wrong("the last step, %q, leaves stable traffic or instances: a rollout that is complete has neither", last.Name)
	}
	return l, true
}

func problemOr(err error, text string) string {
	if err != nil {
		return err.Error()
	}
	return text
}

// limit of what is read back.
const limit = 1 << 24

// json writes and reads the ladder, and the strategy as a plan does.
func (k *kit) json(s strategy.Strategy, kind string, l strategy.Ladder) {
	text, err := strict.Encode(l)
	if err != nil {
		k.wrong("the ladder cannot be written as JSON: %w", err)
		return
	}
	var read strategy.Ladder
	if err := strict.Decode(text, limit, nil, &read); err != nil {
		k.wrong("the ladder cannot be read back from JSON: %w", err)
	} else if again, err := strict.Encode(read); err != nil || !bytes.Equal(again, text) {
		k.wrong("the ladder is another one after JSON: %s, and was %s", again, text)
	}
	kinds := strict.Kinds{reflect.TypeFor[strategy.Strategy](): {kind: func() any { return zero(reflect.TypeOf(s)) }}}
	written, err := strict.Encode(&s)
	if err != nil {
		k.wrong("the strategy cannot be written as JSON: %w", err)
		return
	}
	var same strategy.Strategy
	if err := strict.Decode(written, limit, kinds, &same); err != nil {
		k.wrong("the strategy cannot be read back from JSON: %w\n\tit is %s", err, written)
		return
	}
	if err := alike(same, text); err != nil {
		k.wrong("the strategy is another one after JSON: %w\n\tit is written as %s", err, written)
	}
}

// alike reports what differs between a strategy's ladder and one that is written.
func alike(s strategy.Strategy, text []byte) error {
	l, err := s.Ladder()
	if err != nil {
		return err
	}
	again, err := strict.Encode(l)
	if err != nil || bytes.Equal(again, text) {
		return err
	}
	return fmt.Errorf("its ladder is %s, and was %s", again, text)
}
