// Package policies holds what may be done as data: roles for Casbin, rules of the trade
// and the law for OPA, and the JSON schemas of the facts that the rules are given. The
// machine that runs them is core/platform/gate.
package policies

import "embed"

// FS has casbin/model.conf, casbin/roles.csv, rego/kontor/<context>/<action>/*.rego,
// rego/kontor/vertical/<name>/<context>/<action>/*.rego and schema/*.json.
//
//go:embed casbin rego schema
var FS embed.FS
