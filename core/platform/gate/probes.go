package gate

import (
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/policy"
)

// ErrProbe means that the role lines let somebody do what nobody of that role ever may.
var ErrProbe = errors.New("gate: a role may do what it must not")

// mustDeny are questions whose answer is no in every tenant, asked of every role table
// before it is used. A broken model or a line in the wrong place answers yes to one of
// them long before anybody notices otherwise.
var mustDeny = []struct {
	role string
	do   policy.Action
}{
	{"", "catalog.item.read"},
	{"nobody", "catalog.item.read"},
	{"r:operator", "parties.org.decide"}, // the inner spelling is no role
	{"*", "ledger.read"},
	{roleGuest, "catalog.item.read"},
	{roleGuest, "notify.message.read"},
	{caller.RoleVisitor, "ordering.order.place"},
	{caller.RoleVisitor, "payments.escrow.release"},
	{caller.RoleVisitor, "ledger.read"},
	{rolePerson, "ordering.order.place"},
	{rolePerson, "parties.org.decide"},
	{caller.RoleBuyer, "parties.licence.verify"},
	{caller.RoleSeller, "parties.org.decide"},
	{caller.RoleApprover, "parties.org.decide"},
	{caller.RoleOperator, "tenancy.tenant.manage"},
	{caller.RoleBuyer, "tenancy.tenant.manage"},
	{caller.RolePlatform, "ordering.order.place"},
	{caller.RoleVisitor, "audit.entry.read"},
	{rolePerson, "policy.decision.read"},
	{rolePerson, "policy.role.manage"},
	{caller.RoleBuyer, "policy.role.manage"},
	{caller.RoleSeller, "payments.escrow.approve_release"},
	{caller.RoleSeller, "payments.escrow.release"},
	{"agent_order", "payments.escrow.release"},
	{"agent_order", "payments.escrow.pay"},
	{"agent_order", "ordering.approval.decide"},
	{"agent_order", "parties.member.manage"},
	{"agent_look", "ordering.order.place"},
	{"agent_quote", "sourcing.rfq.award"},
	{"agent_look", "sourcing.quote.read"},
}

func prove(t *table) error {
	for _, p := range mustDeny {
		if t.grants(p.role, p.do) {
			return fmt.Errorf("%w: %q may %s", ErrProbe, p.role, p.do)
		}
	}
	return nil
}
