package pluginhost

import (
	"crypto/sha256"
	"encoding/json"
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

// lineKey is everything that the price may depend on.
func lineKey(r route, currency money.Currency, l PriceLine) [32]byte {
	b, err := json.Marshal(struct {
		Install  string
		Revision int64
		Version  string
		Currency money.Currency
		Line     PriceLine
	}{r.inst.ID.String(), r.inst.Revision, r.proc.manifest.Version, currency, l})
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256(b)
}

func (q *quoteCache) keep(r route, currency money.Currency, asked []PriceLine, got []PricedLine) {
	if q.kept == nil {
		return
	}
	for i, l := range asked {
		if l.LineID = ""; got[i].Plugin != "" && !got[i].ValidUntil.IsZero() {
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
		id := l.LineID
		l.LineID = ""
		p, ok := q.kept.GetIfPresent(lineKey(r, currency, l))
		if !ok || !p.ValidUntil.After(now) {
			return nil, cause
		}
		p.LineID = id
		out = append(out, p)
	}
	return out, nil
}
