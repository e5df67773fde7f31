package inventory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// ReserveLine is goods to set aside, in the offer's unit.
type ReserveLine struct {
	Offer id.Offer
	Micro int64
	Ref   Ref
}

// tries is how often a line looks again after others took what it had chosen.
const tries = 4

// Reserve sets goods aside, all lines or none: on a fault the unit must fail. It joins the
// caller's unit. Until is when the goods go back on their own; zero is never. Lines are
// taken in one fixed order, so that two orders never wait for each other.
func (s *Service) Reserve(ctx context.Context, lines []ReserveLine, until time.Time) ([]Hold, error) {
	var out []Hold
	err := s.do(ctx, func(ctx context.Context) error {
		var err error
		out, err = s.reserve(ctx, lines, until)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reserve: %w", err)
	}
	return out, nil
}

func (s *Service) reserve(ctx context.Context, lines []ReserveLine, until time.Time) ([]Hold, error) {
	claims := make([]Claim, len(lines))
	place := make([]int, len(lines))
	for i, l := range lines {
		if l.Micro <= 0 || l.Micro > maxMicro {
			return nil, ErrQuantity.At(fault.Field{Path: fmt.Sprintf("lines[%d].quantity", i), Reason: "out_of_range"})
		}
		claims[i] = Claim{id.Hold{}.New(), id.Movement{}.New(), l.Offer, l.Micro, l.Ref, until}
		place[i] = i
	}
	slices.SortStableFunc(place, func(a, b int) int { return slices.Compare(lines[a].Offer[:], lines[b].Offer[:]) })
	sorted := make([]Claim, len(claims))
	for n, i := range place {
		sorted[n] = claims[i]
	}
	holds, err := s.store.Claim(ctx, sorted, s.now())
	if err != nil {
		return nil, err
	}
	var out []Hold
	for n, h := range holds {
		if h != nil {
			out = append(out, *h)
			continue
		}
		more, err := s.gather(ctx, sorted[n], place[n])
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// gather takes a line from several shelves, looking again when somebody was quicker.
func (s *Service) gather(ctx context.Context, c Claim, line int) ([]Hold, error) {
	var out []Hold
	left := c.Micro
	for range tries {
		shelves, err := s.store.Shelves(ctx, []id.Offer{c.Offer})
		if err != nil {
			return nil, err
		}
		takes, enough := Pick(shelves, left, s.now())
		if !enough {
			return nil, short(shelves, s.now(), line)
		}
		slices.SortFunc(takes, func(a, b Take) int { return compareKeys(a.Shelf.Stock, b.Shelf.Stock) })
		moves := make([]Move, len(takes))
		for i, t := range takes {
			moves[i] = s.hold(c, t)
		}
		ok, err := s.store.Apply(ctx, moves)
		if err != nil {
			return nil, err
		}
		for i, m := range moves {
			if ok[i] {
				out = append(out, *m.Hold)
				left -= m.Hold.Micro
			}
		}
		if left == 0 {
			return out, nil
		}
	}
	return nil, ErrShort.With("free", 0).At(fault.Field{Path: fmt.Sprintf("lines[%d].quantity", line), Reason: "stock_short"})
}

func (s *Service) hold(c Claim, t Take) Move {
	at := s.now()
	st := t.Shelf.Stock
	return Move{
		Movement: Movement{ID: id.Movement{}.New(), Offer: c.Offer, Warehouse: st.Warehouse, Lot: st.Lot, Kind: Reserve, Reserved: t.Micro, Ref: c.Ref, At: at},
		Hold:     &Hold{ID: id.Hold{}.New(), Offer: c.Offer, Warehouse: st.Warehouse, Lot: st.Lot, Micro: t.Micro, Ref: c.Ref, State: Held, ExpiresAt: c.ExpiresAt},
	}
}

func short(shelves []Shelf, at time.Time, line int) error {
	var free int64
	for _, s := range shelves {
		if s.ExpiresOn.IsZero() || s.ExpiresOn.After(at) {
			free += s.Free()
		}
	}
	return ErrShort.With("free", quantity.FormatMicro(free)).At(fault.Field{Path: fmt.Sprintf("lines[%d].quantity", line), Reason: "stock_short", Detail: quantity.FormatMicro(free)})
}

// Release puts what is still held for refs back. Refs without holds are no fault: an order
// may be cancelled twice.
func (s *Service) Release(ctx context.Context, refs []Ref) error {
	err := s.do(ctx, func(ctx context.Context) error {
		holds, err := s.store.Holds(ctx, refs, true)
		if err != nil {
			return err
		}
		return s.release(ctx, holds)
	})
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

func (s *Service) release(ctx context.Context, holds []Hold) error {
	var moves []Move
	for _, h := range holds {
		if h.State != Held {
			continue
		}
		h.State = Released
		moves = append(moves, Move{s.moved(h, Release, 0, -h.Micro), &h})
	}
	return s.apply(ctx, moves, ErrNotHeld)
}

func (s *Service) moved(h Hold, kind string, onHand, reserved int64) Movement {
	return Movement{ID: id.Movement{}.New(), Offer: h.Offer, Warehouse: h.Warehouse, Lot: h.Lot, Kind: kind, OnHand: onHand, Reserved: reserved, Ref: h.Ref, At: s.now()}
}

// apply makes moves in the fixed order; one whose guard fails is the given fault.
func (s *Service) apply(ctx context.Context, moves []Move, refused error) error {
	slices.SortStableFunc(moves, func(a, b Move) int { return compareKeys(stockOf(a), stockOf(b)) })
	ok, err := s.store.Apply(ctx, moves)
	if err != nil {
		return err
	}
	if slices.Contains(ok, false) {
		return refused
	}
	return nil
}

func stockOf(m Move) Stock {
	return Stock{Offer: m.Movement.Offer, Warehouse: m.Movement.Warehouse, Lot: m.Movement.Lot}
}

// Keep makes holds stay until they are released or shipped: once an order is placed for
// good.
func (s *Service) Keep(ctx context.Context, refs []Ref) error {
	return s.do(ctx, func(ctx context.Context) error { return s.store.Keep(ctx, refs) })
}

// ExpireHolds puts back what was held too long, and answers how many holds that were. A
// job calls it until it answers 0.
func (s *Service) ExpireHolds(ctx context.Context) (int, error) {
	n := 0
	err := s.do(ctx, func(ctx context.Context) error {
		holds, err := s.store.Expired(ctx, s.now(), 500)
		if err != nil {
			return err
		}
		n = len(holds)
		return s.release(ctx, holds)
	})
	return n, err
}
