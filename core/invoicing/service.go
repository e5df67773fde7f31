package invoicing

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// What one may do here.
const (
	ActionRead  policy.Action = "invoicing.invoice.read"
	ActionIssue policy.Action = "invoicing.invoice.issue"
)

// Orders gives the settled order with the head of its events.
type Orders interface {
	Settled(ctx context.Context, oid id.Order) (Settled, event.OrderParties, error)
}

// Parties gives companies as they are printed.
type Parties interface {
	Party(ctx context.Context, org id.Org) (Party, error)
}

// Sheet is everything that is on the paper.
type Sheet struct {
	Invoice     Invoice
	OrderNumber string
	PONumber    string
	TaxRate     int64
	Seller      Party
	Buyer       Party
	Letterhead
}

// Printer makes the document.
type Printer interface {
	Print(s Sheet) ([]byte, error)
}

// Files keeps the document; buyer and seller may fetch it.
type Files interface {
	Put(ctx context.Context, name, mediaType string, body []byte) (id.Blob, error)
	Open(ctx context.Context, bid id.Blob) (io.ReadCloser, int64, error)
}

// Letterhead is the marketplace on the paper. All but the name may be empty.
type Letterhead struct {
	Market  string // its name
	Logo    []byte // PNG
	Accent  string // #rrggbb
	Address string // lines
	Footer  string // one line
}

// Site is the tenant's own head on the paper.
type Site interface {
	Letterhead(ctx context.Context) (Letterhead, error)
}

// Numbers gives out invoice numbers.
type Numbers interface {
	Next(ctx context.Context, kind string) (string, error)
}

// Store keeps invoices.
type Store interface {
	Add(ctx context.Context, i Invoice) error
	ByID(ctx context.Context, iid id.Invoice) (Invoice, error)
	ByOrder(ctx context.Context, oid id.Order) (Invoice, error)
	List(ctx context.Context, f Filter, p page.Request) (page.List[Invoice], error)
}

// Filter narrows a list; zero fields match everything the caller may see.
type Filter struct{ Buyer, Seller id.Org }

// Needs is everything invoicing asks of the rest of the house.
type Needs struct {
	Store   Store
	Unit    work.Unit
	Gate    policy.Gate
	Events  event.Log
	Now     clock.Now
	Orders  Orders
	Parties Parties
	Printer Printer
	Files   Files
	Site    Site
	Numbers Numbers
}

// Service is invoicing's use cases.
type Service struct{ Needs }

// New wires invoicing.
func New(n Needs) *Service { return &Service{n} }

// Issue makes the invoice of a completed order. Issuing again gives the one there is.
func (s *Service) Issue(ctx context.Context, oid id.Order) (Invoice, error) {
	var inv Invoice
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if inv, err = s.Store.ByOrder(ctx, oid); err == nil || !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionIssue, nil); err != nil {
			return err
		}
		o, head, err := s.Orders.Settled(ctx, oid)
		if err != nil {
			return err
		}
		if !o.Completed {
			return ErrNotSettled
		}
		number, err := s.Numbers.Next(ctx, "INV")
		if err != nil {
			return err
		}
		if inv, err = Draw(o, number, s.Now()); err != nil {
			return err
		}
		if inv.PDF, err = s.print(ctx, inv, o); err != nil {
			return err
		}
		if err := s.Store.Add(ctx, inv); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.InvoiceIssued{OrderParties: head, Invoice: inv.ID.String(), No: inv.Number, Amount: inv.Total})
	})
	if err != nil {
		return Invoice{}, fmt.Errorf("invoice order %s: %w", oid, err)
	}
	return inv, nil
}

func (s *Service) print(ctx context.Context, inv Invoice, o Settled) (id.Blob, error) {
	sheet := Sheet{Invoice: inv, OrderNumber: o.Number, PONumber: o.PONumber, TaxRate: o.TaxRate}
	var err error
	if sheet.Seller, err = s.Parties.Party(ctx, inv.Seller); err != nil {
		return id.Blob{}, err
	}
	if sheet.Buyer, err = s.Parties.Party(ctx, inv.Buyer); err != nil {
		return id.Blob{}, err
	}
	if sheet.Letterhead, err = s.Site.Letterhead(ctx); err != nil {
		return id.Blob{}, err
	}
	pdf, err := s.Printer.Print(sheet)
	if err != nil {
		return id.Blob{}, fmt.Errorf("print invoice %s: %w", inv.Number, err)
	}
	return s.Files.Put(ctx, inv.Number+".pdf", "application/pdf", pdf)
}

// visible loads an invoice that the caller's company is a party to.
func (s *Service) visible(ctx context.Context, load func(context.Context) (Invoice, error)) (Invoice, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Invoice{}, err
	}
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Invoice{}, err
	}
	inv, err := load(ctx)
	if err != nil {
		return inv, err
	}
	if inv.Buyer != c.Org && inv.Seller != c.Org && !c.Has(caller.RoleOperator) && !c.Has(caller.RoleSystem) {
		return Invoice{}, ErrNotFound
	}
	return inv, nil
}

// Invoice is one invoice.
func (s *Service) Invoice(ctx context.Context, iid id.Invoice) (Invoice, error) {
	return s.visible(ctx, func(ctx context.Context) (Invoice, error) { return s.Store.ByID(ctx, iid) })
}

// OfOrder is an order's invoice.
func (s *Service) OfOrder(ctx context.Context, oid id.Order) (Invoice, error) {
	return s.visible(ctx, func(ctx context.Context) (Invoice, error) { return s.Store.ByOrder(ctx, oid) })
}

// PDF opens the document of an invoice that the caller may see.
func (s *Service) PDF(ctx context.Context, iid id.Invoice) (Invoice, io.ReadCloser, int64, error) {
	inv, err := s.Invoice(ctx, iid)
	if err != nil {
		return inv, nil, 0, err
	}
	body, size, err := s.Files.Open(ctx, inv.PDF)
	return inv, body, size, err
}

// Invoices lists the caller's company's invoices, newest first.
func (s *Service) Invoices(ctx context.Context, asSeller bool, p page.Request) (page.List[Invoice], error) {
	c, err := caller.From(ctx)
	if err != nil {
		return page.List[Invoice]{}, err
	}
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return page.List[Invoice]{}, err
	}
	f := Filter{Buyer: c.Org}
	switch {
	case asSeller:
		f = Filter{Seller: c.Org}
	case c.Org.IsZero() && c.Has(caller.RoleOperator):
		f = Filter{}
	case c.Org.IsZero():
		return page.List[Invoice]{}, nil
	}
	return s.Store.List(ctx, f, p)
}
