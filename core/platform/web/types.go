package web

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// The kernel's amounts write themselves as JSON in a form of their own; these are what
// the API document says of them. Each is that form, field by field.

type moneySchema struct {
	Amount   string `json:"amount" pattern:"^-?[0-9]{1,15}(\\.[0-9]{1,6})?$" example:"1250.50" doc:"exact decimal with the currency's own number of places"`
	Currency string `json:"currency" minLength:"3" maxLength:"3" example:"CNY" doc:"ISO 4217"`
}

type priceSchema struct {
	Amount   string `json:"amount" pattern:"^-?[0-9]{1,15}(\\.[0-9]{1,6})?$" example:"3850" doc:"exact decimal with at most six places"`
	Currency string `json:"currency" minLength:"3" maxLength:"3" example:"CNY" doc:"ISO 4217"`
	Per      string `json:"per" minLength:"2" maxLength:"3" example:"TNE" doc:"unit, UN/ECE Rec 20"`
}

type quantitySchema struct {
	Value string `json:"value" pattern:"^-?[0-9]{1,15}(\\.[0-9]{1,6})?$" example:"12.5" doc:"exact decimal with at most six places"`
	Unit  string `json:"unit" minLength:"2" maxLength:"3" example:"TNE" doc:"UN/ECE Rec 20"`
}

// schemas is the registry of the API document, with the kernel's types in it.
func schemas() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", schemaName)
	r.RegisterTypeAlias(reflect.TypeFor[money.Money](), reflect.TypeFor[moneySchema]())
	r.RegisterTypeAlias(reflect.TypeFor[money.Price](), reflect.TypeFor[priceSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[quantity.Quantity](), reflect.TypeFor[quantitySchema]())
	return r
}
