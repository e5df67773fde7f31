// Package app puts the house together: one file per context makes its service and answers
// the questions that it asks of its neighbours. Nothing here decides anything.
package app

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/mail"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/plugins"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/scim"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/tenancy"
)

// House is every service of one process. Adapters hold it and look a neighbour up when
// they are asked, so that contexts which ask each other can be made one after another.
type House struct {
	Log      *slog.Logger
	Now      clock.Now
	DB       *pg.DB
	Queue    *jobs.Queue
	Gate     *gate.Gate
	Blobs    *blob.Store
	Archive  *archive.Store
	Vault    *vault.Vault
	Phones   *contact.Phones
	Theme    *theme.Engine
	Host     *pluginhost.Host
	packages *packages
	Web      *web.Server
	Certs    *certs.Manager // nil: TLS is ended in front of us
	Mail     mail.Sender    // nil: none is configured
	Demo     Demo

	BaseURL func(host string) string
	observe atomic.Pointer[func(web.Observation)]
	stop    func()
	movers  []func(context.Context) error // each puts numbers of an earlier version where they belong
	alone   bool                          // no other process serves this database
	anchors string                        // folder outside the database in which the chains' heads are noted
	cell    cell

	Tenancy    *tenancy.Service
	Cells      *cells.Service
	Identity   *identity.Service
	Access     *access.Service
	SSO        *sso.Service
	SCIM       *scim.Service
	Parties    *parties.Service
	Catalog    *catalog.Service
	Shop       *reads.Storefront
	Pricing    *pricing.Service
	Inventory  *inventory.Service
	Sourcing   *sourcing.Service
	Ordering   *ordering.Service
	Ledger     *ledger.Service
	Payments   *payments.Service
	Invoicing  *invoicing.Service
	Fulfilment *fulfilment.Service
	Aftersales *aftersales.Service
	Notify     *notify.Service
	Plans      *plans.Service
	Plugins    *plugins.Service
}
