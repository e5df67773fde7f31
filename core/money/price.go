package money

import (
	"encoding/json"
	"math/big"

	"github.com/kontorhq/kontor/core/quantity"
)

// Price is what one unit costs: Micro millionths of the currency's major unit.
type Price struct {
	Micro    int64
	Currency Currency
	Per      quantity.Unit
}

// Times is the amount for q, rounded half up to the currency's minor unit. q must be in
// the price's unit: convert first, so that nobody prices pieces by the tonne.
func (p Price) Times(q quantity.Quantity) (Money, error) {
	if q.Unit != p.Per {
		return Money{}, quantity.ErrUnitMatch.With("from", q.Unit).With("to", p.Per)
	}
	// micro × micro is 10^12 of the major unit; minor units are 10^exponent of it.
	v, err := quantity.MulDiv(p.Micro, q.Micro, pow10(12-p.Currency.Exponent()))
	if err != nil {
		return Money{}, ErrTooLarge
	}
	return Money{v, p.Currency}, nil
}

// Decimal is the price as the shortest exact decimal.
func (p Price) Decimal() string { return quantity.FormatMicro(p.Micro) }

// ParsePrice reads "3850.00" per unit.
func ParsePrice(s string, c Currency, per quantity.Unit) (Price, error) {
	if !c.Known() {
		return Price{}, ErrCurrency.With("currency", c)
	}
	m, err := quantity.ParseMicro(s)
	if err != nil {
		return Price{}, ErrMalformed.Because(err)
	}
	return Price{m, c, per}, nil
}

// mulDivFloor is a×b/c and the remainder, for splitting.
func mulDivFloor(a, b, c int64) (int64, int64) {
	q, r := new(big.Int).DivMod(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)), big.NewInt(c), new(big.Int))
	return q.Int64(), r.Int64()
}

type priceWire struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Per      string `json:"per"`
}

// MarshalJSON writes {"amount":"3850","currency":"CNY","per":"TNE"}.
func (p Price) MarshalJSON() ([]byte, error) {
	if u, err := quantity.ParseUnit(string(p.Per)); err != nil || u != p.Per || !p.Currency.Known() { // whatever it is, it is quoted properly
		return json.Marshal(priceWire{p.Decimal(), string(p.Currency), string(p.Per)})
	}
	b := append(make([]byte, 0, 80), `{"amount":"`...)
	b = append(quantity.AppendMicro(b, p.Micro), `","currency":"`...)
	b = append(append(b, p.Currency...), `","per":"`...)
	return append(append(b, p.Per...), `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Price) UnmarshalJSON(b []byte) error {
	var w priceWire
	if v, ok := quantity.Wire(b, "amount", "currency", "per"); ok {
		w.Amount, w.Currency, w.Per = v[0], v[1], v[2]
	} else if err := json.Unmarshal(b, &w); err != nil {
		return ErrMalformed.Because(err)
	}
	u, err := quantity.ParseUnit(w.Per)
	if err != nil {
		return err
	}
	v, err := ParsePrice(w.Amount, Currency(w.Currency), u)
	if err != nil {
		return err
	}
	*p = v
	return nil
}
