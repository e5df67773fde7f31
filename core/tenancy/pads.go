package tenancy

import (
	"context"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// A counter is locked from a draw to the end of its unit, the wait for the disk included:
// that keeps a book without gaps, and lets a market place no more orders a second than the
// disk confirms one after another. So for documents whose book may have gaps, and only
// while a market is busy, numbers are counted ahead, like a pad of numbered forms. What is
// left on a pad when the process ends is never used.
var gapsAllowed = map[string]bool{"PO": true, "OG": true}

const (
	padBusy  = 8  // draws a second from which on a pad is worth it
	padSize  = 64 // numbers on a new one
	padGuard = 10 * time.Second
)

type padKey struct {
	tenant id.Tenant
	kind   string
	year   int
}

// pad is the numbers of one kind that were counted ahead.
type pad struct {
	runs    []run
	since   time.Time
	drawn   int // since then
	filling bool
}

// run is the numbers from next up to and without end.
type run struct{ next, end int64 }

func (p *pad) left() (n int64) {
	for _, r := range p.runs {
		n += r.end - r.next
	}
	return n
}

func (p *pad) take() int64 {
	v := p.runs[0].next
	if p.runs[0].next++; p.runs[0].next == p.runs[0].end {
		p.runs = p.runs[1:]
	}
	return v
}

type pads struct {
	mu sync.Mutex
	of map[padKey]*pad
}

// draw takes a number of each kind, or none where a pad has too few. It names the kinds
// whose pads want filling.
func (ps *pads) draw(t id.Tenant, year int, kinds []string, now time.Time) (values []int64, fill []string) {
	need := map[string]int{}
	for _, k := range kinds {
		if !gapsAllowed[k] {
			return nil, nil
		}
		need[k]++
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	enough := true
	for k, n := range need {
		p := ps.pad(padKey{t, k, year})
		if now.Sub(p.since) > time.Second {
			p.since, p.drawn = now, 0
		}
		p.drawn += n
		left := p.left()
		enough = enough && left >= int64(n)
		if p.drawn >= padBusy && left < padSize/2 && !p.filling {
			p.filling = true
			fill = append(fill, k)
		}
	}
	if !enough {
		return nil, fill
	}
	for _, k := range kinds {
		values = append(values, ps.pad(padKey{t, k, year}).take())
	}
	return values, fill
}

func (ps *pads) pad(k padKey) *pad {
	p := ps.of[k]
	if p == nil {
		p = &pad{}
		ps.of[k] = p
	}
	return p
}

// filled puts the numbers up to last on a pad; none when last is 0.
func (ps *pads) filled(k padKey, last int64) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.pad(k)
	p.filling = false
	if last > 0 {
		p.runs = append(p.runs, run{last - padSize + 1, last + 1})
	}
}

// fill counts ahead in a unit of its own, beside whatever is under way. When that fails,
// numbers are drawn one by one, as ever.
func (s *Service) fill(k padKey) {
	ctx, cancel := context.WithTimeout(context.Background(), padGuard)
	defer cancel()
	var last int64
	err := s.Unit.Do(caller.AsSystem(ctx, k.tenant, "numbers"), func(ctx context.Context) (err error) {
		last, err = s.Store.CountAhead(ctx, k.year, k.kind, padSize)
		return err
	})
	if err != nil {
		last = 0
	}
	s.pads.filled(k, last)
}
