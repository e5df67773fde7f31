package inventory

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/id"
)

// ShipLine is goods that leave, in the offer's unit. Last puts what remains held of the
// ref back: nothing more will be shipped for it.
type ShipLine struct {
	Ref   Ref
	Micro int64
	Last  bool
}

// ShippedFrom says where goods were taken from: the lots go on the delivery note.
type ShippedFrom struct {
	Ref       Ref
	Offer     id.Offer
	Warehouse id.Warehouse
	Lot       id.Lot
	Micro     int64
}

// Ship takes held goods off the shelves, in the caller's unit. Weighed goods may come to
// more than was held: the excess must be free on a shelf that was held from.
func (s *Service) Ship(ctx context.Context, lines []ShipLine) ([]ShippedFrom, error) {
	var out []ShippedFrom
	err := s.do(ctx, func(ctx context.Context) error {
		out = nil
		refs := make([]Ref, len(lines))
		for i, l := range lines {
			if l.Micro <= 0 || l.Micro > maxMicro {
				return ErrQuantity
			}
			refs[i] = l.Ref
		}
		holds, err := s.store.Holds(ctx, refs, true)
		if err != nil {
			return err
		}
		byRef := map[Ref][]Hold{}
		for _, h := range holds {
			if h.State == Held {
				byRef[h.Ref] = append(byRef[h.Ref], h)
			}
		}
		var moves []Move
		for _, l := range lines {
			if len(byRef[l.Ref]) == 0 {
				return ErrNotHeld
			}
			ms, from := s.ship(l, byRef[l.Ref])
			moves, out = append(moves, ms...), append(out, from...)
			delete(byRef, l.Ref)
		}
		return s.apply(ctx, moves, ErrShort.With("free", 0))
	})
	if err != nil {
		return nil, fmt.Errorf("ship: %w", err)
	}
	return out, nil
}

// ship splits one line over its holds. What is left of a hold that is only partly used
// becomes a hold of its own.
func (s *Service) ship(l ShipLine, holds []Hold) ([]Move, []ShippedFrom) {
	var moves []Move
	var out []ShippedFrom
	left := l.Micro
	for i, h := range holds {
		take := min(left, h.Micro)
		if i == len(holds)-1 {
			take = left // an excess comes from the last shelf
		}
		rest := h.Micro - min(take, h.Micro)
		if take > 0 {
			gone := h
			gone.State, gone.Micro = Shipped, take
			moves = append(moves, Move{s.moved(h, Ship, -take, -(h.Micro - rest)), &gone})
			out = append(out, ShippedFrom{h.Ref, h.Offer, h.Warehouse, h.Lot, take})
			left -= take
		}
		if rest == 0 {
			continue
		}
		keep := h
		keep.Micro = rest
		if take > 0 {
			keep.ID = id.Hold{}.New()
		}
		if l.Last {
			keep.State = Released
			moves = append(moves, Move{s.moved(h, Release, 0, -rest), &keep})
		} else if take > 0 {
			moves = append(moves, Move{Movement{Offer: h.Offer, Warehouse: h.Warehouse, Lot: h.Lot}, &keep})
		}
	}
	return moves, out
}
