package gate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Outcome of a decision.
type Outcome string

// Deny outranks review, review outranks allow.
const (
	Allow  Outcome = "allow"
	Review Outcome = "review"
	Deny   Outcome = "deny"
)

// Decision is what the rules said, as it is kept.
type Decision struct {
	ID        id.Decision
	At        time.Time
	Actor     string
	Action    policy.Action
	Object    string // the facts' "object", if they have one
	Outcome   Outcome
	Reasons   []Reason
	InputHash string
	PolicyRev string
	RequestID string

	broken error // why there was no answer from the rules
}

// decide puts the facts to the rules. Whatever goes wrong on the way is a denial.
func (g *Gate) decide(ctx context.Context, c caller.Caller, t *tenantView, do policy.Action, facts any) Decision {
	r := g.rules.actions[do]
	d := Decision{
		ID: id.Decision{}.New(), At: g.now(), Actor: c.Subject(), Action: do, Outcome: Deny,
		PolicyRev: fmt.Sprintf("%s/%d", g.rules.rev, t.Version), RequestID: c.RequestID,
	}
	raw, tree, err := parse(facts)
	if err != nil {
		return d.fail(err)
	}
	if m, ok := tree.(map[string]any); ok {
		d.Object, _ = m["object"].(string)
	}
	if err := r.schema.check(tree, "facts"); err != nil {
		return d.fail(fmt.Errorf("gate: %s: %w", do, err))
	}
	in, hash, err := input(c, t, do, d.At, raw, tree)
	if err != nil {
		return d.fail(err)
	}
	d.InputHash = hash
	d.Outcome, d.Reasons, err = g.rules.judge(ctx, r, t.Settings.Verticals, in)
	if err != nil {
		return d.fail(err)
	}
	return d
}

func (d Decision) fail(err error) Decision {
	d.Outcome, d.Reasons, d.broken = Deny, []Reason{unjudged}, err
	return d
}

// parse marshals the facts once; the bytes are hashed and the tree is what the schema and
// the rules read. Numbers stay as written: an amount must not pass through a float.
func parse(facts any) ([]byte, any, error) {
	raw, err := json.Marshal(facts)
	if err != nil {
		return nil, nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	return raw, tree, dec.Decode(&tree)
}

func input(c caller.Caller, t *tenantView, do policy.Action, at time.Time, raw []byte, tree any) (ast.Value, string, error) {
	facts, err := ast.InterfaceToValue(tree)
	if err != nil {
		return nil, "", err
	}
	roles := make([]*ast.Term, 0, len(c.Roles))
	for _, r := range claimed(c) {
		roles = append(roles, ast.StringTerm(r))
	}
	who := ast.ObjectTerm(
		pair("subject", ast.StringTerm(c.Subject())),
		pair("kind", ast.StringTerm(string(c.Kind))),
		pair("person", ast.StringTerm(c.Person.String())),
		pair("org", ast.StringTerm(c.Org.String())),
		pair("roles", ast.ArrayTerm(roles...)),
	)
	tenant, err := t.input()
	if err != nil {
		return nil, "", err
	}
	day := at.In(t.zone).Format(time.DateOnly)
	v := ast.NewObject(
		pair("action", ast.StringTerm(string(do))),
		pair("as_of", ast.StringTerm(at.Format(time.RFC3339))),
		pair("day", ast.StringTerm(day)),
		pair("caller", who),
		pair("tenant", tenant),
		pair("facts", ast.NewTerm(facts)),
	)
	h := sha256.New()
	for _, part := range []string{string(do), at.Format(time.RFC3339), day, c.Subject(), c.Org.String(), strings.Join(claimed(c), ","), t.said()} {
		h.Write([]byte(part + "\n"))
	}
	h.Write(raw)
	return v, hex.EncodeToString(h.Sum(nil)), nil
}

func pair(name string, v *ast.Term) [2]*ast.Term { return [2]*ast.Term{ast.StringTerm(name), v} }
