// Package buyer is the console of companies that buy: what waits for them, their requests
// and comparisons, approvals, orders, receipts, claims, invoices, spend and the company's
// own affairs. Handlers read a form, ask a service and draw a page; the rules are where
// the services are.
package buyer

import (
	"context"
	"io"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/sourcing"
)

// Files keeps attachments.
type Files interface {
	Put(ctx context.Context, in blob.Upload) (blob.Object, error)
	Open(ctx context.Context, b id.Blob) (io.ReadSeekCloser, blob.Object, error)
}

// Grants names the roles that a company may give its people.
type Grants interface {
	Grantable(ctx context.Context) []string
}

// Deps are what the console's pages ask.
type Deps struct {
	Now        clock.Now
	Texts      *theme.Engine
	Roles      policy.Roles
	Grants     Grants
	Reads      *reads.Buyer
	History    *consoles.Reads // timelines
	Catalog    *catalog.Service
	Sourcing   *sourcing.Service
	Ordering   *ordering.Service
	Payments   *payments.Service
	Fulfilment *fulfilment.Service
	Aftersales *aftersales.Service
	Invoicing  *invoicing.Service
	Parties    *parties.Service
	Files      Files
	BankURL    string // where one pays in the demonstration; empty otherwise
}

// errNowhere answers addresses that lead to nothing of the caller's company.
var errNowhere = fault.New(fault.NotFound, "buyer.page_not_found", "There is nothing of your company's at this address.").
	Then("Start from your inbox.")

type desk struct{ Deps }
