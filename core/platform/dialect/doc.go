// Package dialect is the one dialect of JSON Schema in which plugins say what can be filled
// in: a closed list of keywords of JSON Schema 2020-12 and a few hints. It checks values
// against a schema, and lays a form out for it, so that settings, attributes and evidence
// are all asked for in the same way and a plugin needs no script in our pages.
package dialect

import "github.com/kontorhq/kontor/core/fault"

// Limits of a schema and of a value.
const (
	MostBytes = 256 << 10
	mostDepth = 8
	mostNodes = 2000
	mostDigit = 34 // of a number: more would be work for nothing
)

// What can be wrong.
var (
	// ErrSchema is the author's: the schema is not of the dialect.
	ErrSchema = fault.New(fault.Invalid, "dialect.schema", "This schema cannot be used: at {at}, {why}.")
	// ErrValue is the person's: each field says what is wrong with it.
	ErrValue = fault.New(fault.Invalid, "dialect.value", "Some of this cannot be taken as it is.").Then("Correct the fields that are marked.")
)
