package catalog

import (
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/quantity"
)

// Type is what values of an attribute are.
type Type string

// The types of attributes.
const (
	Text   Type = "text"
	Number Type = "number" // an exact decimal in the attribute's unit
	Enum   Type = "enum"
	Bool   Type = "bool"
	Date   Type = "date"
)

// Facet is how a list narrows by an attribute.
type Facet string

// The kinds of facets.
const (
	NoFacet    Facet = "none"
	TermsFacet Facet = "terms"
	RangeFacet Facet = "range"
)

// Option is one value of an enum and how it is called.
type Option struct {
	Value string `json:"value"`
	Names Names  `json:"names,omitempty"`
}

// Attribute is a property that items have, the same for the whole marketplace.
type Attribute struct {
	Key      string
	Names    Names
	Type     Type
	Unit     string
	Facet    Facet
	Position int
	Options  []Option
}

// Brand is an attribute of every item; it has a column of its own.
var Brand = Attribute{Key: "brand", Names: Names{"en": "Brand", "zh-CN": "品牌"}, Type: Text, Facet: TermsFacet, Position: 1_000}

// Check says what is wrong with an attribute's own definition.
func (a Attribute) Check() error {
	if !slug.MatchString(a.Key) && !key.MatchString(a.Key) {
		return ErrAttribute.With("key", a.Key)
	}
	switch a.Type {
	case Text, Number, Enum, Bool, Date:
	default:
		return ErrAttribute.With("key", a.Key)
	}
	if a.Facet == RangeFacet && a.Type != Number {
		return ErrAttribute.With("key", a.Key)
	}
	return nil
}

// Normal is the one spelling of a value that is stored, or why it is none.
func (a Attribute) Normal(value string) (string, error) {
	wrong := func(reason string) error {
		return ErrValue.With("key", a.Key).With("value", clip(value, 60)).
			At(fault.Field{Path: "attributes." + a.Key, Reason: reason})
	}
	if len(value) > 500 {
		return "", wrong("too_long")
	}
	switch a.Type {
	case Number:
		m, err := quantity.ParseMicro(value)
		if err != nil {
			return "", wrong("not_a_number")
		}
		return quantity.FormatMicro(m), nil
	case Enum:
		for _, o := range a.Options {
			if o.Value == value {
				return value, nil
			}
		}
		if len(a.Options) > 0 {
			return "", wrong("not_an_option")
		}
	case Bool:
		if value != "true" && value != "false" {
			return "", wrong("not_true_or_false")
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return "", wrong("not_a_date")
		}
	}
	return value, nil
}

// Label is a value as a person reads it: an option's name, or the value.
func (a Attribute) Label(value, locale string) string {
	for _, o := range a.Options {
		if o.Value == value {
			if n := o.Names.In(locale); n != "" {
				return n
			}
		}
	}
	return value
}

// Spec is one line of an item's specification table.
type Spec struct {
	Key   string
	Name  string
	Value string
	Unit  string
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
