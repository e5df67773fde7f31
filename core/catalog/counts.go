package catalog

import (
	"cmp"
	"context"
	"slices"
)

// Term is a value that lists can be narrowed by.
type Term struct {
	Key   string
	Term  string
	Micro *int64 // for ranges
}

// Tally is what hits have: how many they are, up to one more than MaxTotal, and how often
// each value occurs among them, by the number that stands for it.
type Tally struct {
	Hits  int64
	Terms map[int64]int64
}

// counts says in words what was counted: of the whole list what can still be chosen, and
// of each facet that is counted apart its own values.
func (s *Service) counts(ctx context.Context, f Find, tallies []Tally) ([]Count, error) {
	terms, err := s.terms(ctx, tallies)
	if err != nil {
		return nil, err
	}
	var out []Count
	for n, t := range tallies {
		keys := f.Counted
		if n > 0 {
			keys = []string{f.Apart[n-1].Key}
		}
		out = append(out, t.counts(terms, keys)...)
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(b.Items, a.Items), cmp.Compare(a.Term, b.Term))
	})
	return out, nil
}

// counts adds up what belongs to keys; a range's numbers are one count.
func (t Tally) counts(terms map[int64]Term, keys []string) []Count {
	var out []Count
	ranges := map[string]int{}
	for n, items := range t.Terms {
		v, ok := terms[n]
		if !ok || !slices.Contains(keys, v.Key) {
			continue
		}
		if v.Micro == nil {
			out = append(out, Count{Key: v.Key, Term: v.Term, Items: items})
			continue
		}
		at, ok := ranges[v.Key]
		if !ok {
			at = len(out)
			ranges[v.Key], out = at, append(out, Count{Key: v.Key, Low: *v.Micro, High: *v.Micro})
		}
		c := &out[at]
		c.Items, c.Low, c.High = c.Items+items, min(c.Low, *v.Micro), max(c.High, *v.Micro)
	}
	return out
}

// terms are what the numbers of tallies stand for. Most are known from an earlier list.
func (s *Service) terms(ctx context.Context, tallies []Tally) (map[int64]Term, error) {
	k, shared, err := s.cache.key(ctx, "")
	if err != nil {
		return nil, err
	}
	out := map[int64]Term{}
	var missing []int64
	for _, t := range tallies {
		for n := range t.Terms {
			if _, ok := out[n]; ok {
				continue
			}
			v, ok := Term{}, false
			if shared {
				v, ok = s.cache.terms.GetIfPresent(termKey{k.tenant, k.epoch, n})
			}
			if !ok {
				missing = append(missing, n)
			}
			out[n] = v
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	found, err := s.store.Terms(ctx, missing)
	if err != nil {
		return nil, err
	}
	for n, v := range found {
		out[n] = v
		if shared {
			s.cache.terms.Set(termKey{k.tenant, k.epoch, n}, v)
		}
	}
	return out, nil
}
