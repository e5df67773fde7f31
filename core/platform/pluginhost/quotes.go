package pluginhost

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/money"
)

// quoteCache keeps the last answers, so that a plugin that is down for a moment does not
// take the prices with it: an unexpired quotation is still a promise.
type quoteCache struct {
	kept *otter.Cache[[32]byte, PricedLine]
}

const keptQuotes = 20_000

func newQuoteCache() *quoteCache {
	c, err := otter.New(&otter.Options[[32]byte, PricedLine]{MaximumSize: keptQuotes})
	if err != nil {
		return &quoteCache{} // a cache is a kindness; nothing depends on it
	}
	return &quoteCache{c}
}

// lineKey is everything that the price may depend on. It is made for every line of every
// quotation, so it is written by hand.
func lineKey(r route, currency money.Currency, l PriceLine) [32]byte {
	b := make([]byte, 0, 512)
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, r.inst.ID[:]...)
	b = binary.AppendVarint(b, r.inst.Revision)
	text(r.proc.manifest.Version)
	text(string(currency))
	b = binary.AppendVarint(b, l.Qty.Micro)
	text(string(l.Qty.Unit))
	b = binary.AppendVarint(b, l.Unit.Micro)
	text(string(l.Unit.Currency))
	text(string(l.Unit.Per))
	b = binary.AppendVarint(b, l.KgPerUnitMicro)
	names := make([]string, 0, len(l.Attrs))
	for name := range l.Attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text(name)
		text(l.Attrs[name])
	}
	return sha256.Sum256(b)
}

func (q *quoteCache) keep(r route, currency money.Currency, asked []PriceLine, got []PricedLine) {
	if q.kept == nil {
		return
	}
	for i, l := range asked {
		if got[i].Plugin != "" && !got[i].ValidUntil.IsZero() {
			q.kept.Set(lineKey(r, currency, l), got[i])
		}
	}
}

// instead answers all lines from what was quoted before, or none.
func (q *quoteCache) instead(r route, currency money.Currency, asked []PriceLine, now time.Time, cause error) ([]PricedLine, error) {
	if q.kept == nil || !blames(cause) {
		return nil, cause
	}
	out := make([]PricedLine, 0, len(asked))
	for _, l := range asked {
		p, ok := q.kept.GetIfPresent(lineKey(r, currency, l))
		if !ok || !p.ValidUntil.After(now) {
			return nil, cause
		}
		p.LineID = l.LineID
		out = append(out, p)
	}
	return out, nil
}
