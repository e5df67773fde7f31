package pricing

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Index is the closing price of a family of goods on a day: a line of the price board.
type Index struct {
	Key      string
	Day      time.Time
	Micro    int64
	Currency money.Currency
	Unit     quantity.Unit
	Source   string
}

// WriteIndices adds closing prices; a day that is written twice has the later one.
func (s *Service) WriteIndices(ctx context.Context, is []Index) error {
	if len(is) > MaxPrices {
		return ErrTooMany.With("max", MaxPrices)
	}
	for _, i := range is {
		if i.Key == "" || len(i.Key) > 80 || i.Day.IsZero() || i.Micro <= 0 || !i.Currency.Known() || i.Source == "" {
			return ErrIndexInvalid
		}
	}
	return s.unit.Do(ctx, func(ctx context.Context) error {
		if err := s.gate.Allow(ctx, ActionIndexWrite, nil); err != nil {
			return err
		}
		if err := s.store.PutIndices(ctx, is); err != nil {
			return err
		}
		return s.events.Append(ctx, event.IndicesWritten{Count: len(is)})
	})
}

// Indices are the closing prices of the last days, by key and day.
func (s *Service) Indices(ctx context.Context, days int) ([]Index, error) {
	return s.store.Indices(ctx, s.now().AddDate(0, 0, -min(max(days, 1), 400)))
}
