package parties

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// MoveInput puts a unit below another, or below the company where no parent is named.
type MoveInput struct {
	Org    id.Org
	Unit   id.Unit
	Parent id.Unit
}

// MoveEffect is what a move changes: what comes along, and what holds differently after it.
// Contract prices are agreed with the company as a whole, so none of them changes.
type MoveEffect struct {
	Unit     Unit
	From, To []Unit // the way to it, the unit left out
	Units    int    // that come along, itself included
	Centres  []CostCentre
	People   []PersonMoved
	Settings []SettingMoved
	After    Structure
}

// PersonMoved is a member who comes along. The limits differ where his unit's holds for him.
type PersonMoved struct {
	Member
	LimitAfter *int64
}

// SettingMoved is a setting that holds differently for a unit after the move.
type SettingMoved struct {
	Unit          Unit
	Before, After Effective
}

// PreviewMove answers what a move would change, and refuses what Move would refuse.
func (s *Service) PreviewMove(ctx context.Context, in MoveInput) (MoveEffect, error) {
	if err := s.own(ctx, ActionUnitManage, in.Org); err != nil {
		return MoveEffect{}, err
	}
	st, err := s.Store.Structure(ctx, in.Org)
	if err != nil {
		return MoveEffect{}, err
	}
	return st.effect(in)
}

// Move puts a unit elsewhere, with everything below it.
func (s *Service) Move(ctx context.Context, in MoveInput) (Structure, error) {
	out, err := s.reshape(ctx, in.Org, func(ctx context.Context, st Structure) error {
		e, err := st.effect(in)
		if err != nil {
			return err
		}
		if e.Unit.Parent == in.Parent {
			return nil
		}
		if err := s.Store.MoveUnit(ctx, in.Org, in.Unit, in.Parent); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.UnitMoved{
			Org: in.Org.String(), Unit: in.Unit.String(), Code: e.Unit.Code, From: e.Unit.Parent.String(), To: in.Parent.String(), People: len(e.People),
		})
	})
	if err != nil {
		return Structure{}, fmt.Errorf("move unit %s: %w", in.Unit, err)
	}
	return out, nil
}

func (s Structure) effect(in MoveInput) (MoveEffect, error) {
	u, ok := s.Unit(in.Unit)
	if !ok {
		return MoveEffect{}, ErrUnit
	}
	if err := s.mayStand(in.Unit, in.Parent); err != nil {
		return MoveEffect{}, err
	}
	after := s
	after.Tree = s.moved(in.Unit, in.Parent)
	along := s.Below(in.Unit)
	e := MoveEffect{Unit: u, From: s.Path(u.Parent), To: s.Path(in.Parent), Units: len(along), After: after}
	for _, c := range s.Centres {
		if slices.Contains(along, c.Unit) {
			e.Centres = append(e.Centres, c)
		}
	}
	for _, m := range s.Members {
		if !slices.Contains(along, m.Unit) {
			continue
		}
		p := PersonMoved{m, m.LimitMinor}
		if m.LimitInherits {
			n := after.Limit(m.Unit)
			p.LimitAfter = &n
		}
		e.People = append(e.People, p)
	}
	for _, x := range along {
		for _, key := range SettingKeys {
			was, will := s.Effective(x, key), after.Effective(x, key)
			if was.Value != will.Value {
				unit, _ := s.Unit(x)
				e.Settings = append(e.Settings, SettingMoved{unit, was, will})
			}
		}
	}
	return e, nil
}
