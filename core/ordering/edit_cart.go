package ordering

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// Cart is the caller's open cart, made on first use.
func (s *Service) Cart(ctx context.Context) (Cart, error) {
	var cart Cart
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionEditCart, nil); err != nil {
			return err
		}
		cart, err = s.Store.OpenCart(ctx, c.Org, c.Person)
		return err
	})
	return cart, err
}

// PutInCart sets the quantity of an offer in the caller's cart. The quantity must be one
// that the seller sells; a person hears at once, not at checkout.
func (s *Service) PutInCart(ctx context.Context, offer id.Offer, q quantity.Quantity) (Cart, error) {
	var cart Cart
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionEditCart, nil); err != nil {
			return err
		}
		q, err := s.sellable(ctx, c.Org, offer, q)
		if err != nil {
			return err
		}
		cart, err = s.Store.PutLine(ctx, c.Org, c.Person, CartLine{offer, q}, MaxLines)
		return err
	})
	if err != nil {
		return Cart{}, fmt.Errorf("put offer %s in the cart: %w", offer, err)
	}
	return cart, nil
}

func (s *Service) sellable(ctx context.Context, buyer id.Org, offer id.Offer, q quantity.Quantity) (quantity.Quantity, error) {
	facts, err := s.Catalog.Offers(ctx, []id.Offer{offer})
	if err != nil {
		return q, err
	}
	f, ok := facts[offer]
	switch {
	case !ok || !f.OnSale:
		return q, ErrOffer
	case f.Seller == buyer:
		return q, ErrOwnGoods
	}
	return f.Check(q)
}

// TakeFromCart removes an offer; removing what is not there is no error.
func (s *Service) TakeFromCart(ctx context.Context, offer id.Offer) (Cart, error) {
	var cart Cart
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionEditCart, nil); err != nil {
			return err
		}
		cart, err = s.Store.RemoveLine(ctx, c.Org, c.Person, offer)
		return err
	})
	return cart, err
}
