// Package sourcing is where buyers ask the market for prices: requests for quotation,
// the quotes they draw, the comparison on landed cost, and the award that ends them.
//
// A request moves draft → published → evaluating → awarded; it may be cancelled at any
// time before the award, and expires when nobody quoted or every quote has run out.
// Quotes are sealed: a seller sees his own and never whom else was asked.
package sourcing

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// State is where a request stands.
type State string

// The states of a request.
const (
	Draft      State = "draft"
	Published  State = "published"  // sellers may quote
	Evaluating State = "evaluating" // closed, the buyer compares
	Awarded    State = "awarded"
	Cancelled  State = "cancelled"
	Expired    State = "expired"
)

// RFQ is a buyer's request for quotation.
type RFQ struct {
	ID        id.RFQ
	Number    string // none before publication
	Buyer     id.Org
	CreatedBy id.Person
	Title     string
	Note      string
	Currency  money.Currency // quotes are asked, and compared, in it
	Incoterm  string         // Incoterms 2020 rule, or none
	ShipTo    Address
	ClosesAt  time.Time // quotes are taken until then

	Lines   []Line
	Sellers []Invitation
	Files   []id.Blob

	State       State
	CreatedAt   time.Time
	PublishedAt time.Time
	AwardedAt   time.Time
	EndNote     string // why it was cancelled
	Version     int64  // guards against two people changing it at once
}

// Line is one thing asked for: an item of the catalogue, or words where there is none.
type Line struct {
	ID          id.RFQLine
	Position    int
	Item        id.Item
	Description string
	Qty         quantity.Quantity
	Target      money.Price // per unit of Qty; Micro 0 when the buyer names none
	NeedBy      time.Time   // a day, midnight UTC; zero when there is no hurry
}

// Address is where the goods should go.
type Address struct {
	Label    string `json:"label,omitempty"`
	Country  string `json:"country,omitempty"`
	Region   string `json:"region,omitempty"`
	City     string `json:"city,omitempty"`
	Street   string `json:"street,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	Contact  string `json:"contact,omitempty"`
	Phone    string `json:"phone,omitempty"`
}

// InvitationState is how far a seller has got with a request.
type InvitationState string

// The states of an invitation.
const (
	Invited  InvitationState = "invited"
	Viewed   InvitationState = "viewed"
	Declined InvitationState = "declined"
	Quoted   InvitationState = "quoted"
)

// Invitation is one seller asked.
type Invitation struct {
	Seller    id.Org
	State     InvitationState
	InvitedAt time.Time
	Note      string // why he declined
}

// Publish opens a draft to the sellers it names.
func (r *RFQ) Publish(number string, now time.Time) error {
	switch {
	case r.State != Draft:
		return ErrNotDraft
	case len(r.Lines) == 0:
		return ErrNoLines
	case len(r.Sellers) == 0:
		return ErrNoSellers
	case !r.ClosesAt.After(now):
		return ErrClosesInPast
	}
	r.State, r.Number, r.PublishedAt = Published, number, now
	for i := range r.Sellers {
		r.Sellers[i].InvitedAt = now
	}
	return nil
}

// Open reports whether sellers may still quote. A request past its hour is closed even
// before the job has said so.
func (r *RFQ) Open(now time.Time) bool { return r.State == Published && now.Before(r.ClosesAt) }

// Close ends the quoting, by the buyer or by the clock. Without a single live quote
// there is nothing to evaluate, and the request expires.
func (r *RFQ) Close(live int) error {
	if r.State != Published {
		return ErrNotPublished
	}
	r.State = Evaluating
	if live == 0 {
		r.State = Expired
	}
	return nil
}

// RunOut ends an evaluation that took longer than every quote was good for.
func (r *RFQ) RunOut() error {
	if r.State != Evaluating {
		return ErrNotEvaluating
	}
	r.State = Expired
	return nil
}

// Cancel withdraws the request, with the reason that sellers are told.
func (r *RFQ) Cancel(why string) error {
	switch r.State {
	case Draft, Published, Evaluating:
		r.State, r.EndNote = Cancelled, why
		return nil
	case Awarded:
		return ErrAlreadyAwarded
	}
	return ErrEnded
}

// award closes the book. Only one award can ever be made.
func (r *RFQ) award(now time.Time) error {
	switch {
	case r.State == Awarded:
		return ErrAlreadyAwarded
	case r.State == Cancelled || r.State == Expired:
		return ErrEnded
	case r.State == Draft || r.Open(now):
		return ErrNotEvaluating
	}
	r.State, r.AwardedAt = Awarded, now
	return nil
}

// Invitation finds the seller among those asked.
func (r *RFQ) Invitation(seller id.Org) (Invitation, bool) {
	for _, v := range r.Sellers {
		if v.Seller == seller {
			return v, true
		}
	}
	return Invitation{}, false
}

// Line finds a line by its identifier.
func (r *RFQ) Line(want id.RFQLine) (Line, bool) {
	for _, l := range r.Lines {
		if l.ID == want {
			return l, true
		}
	}
	return Line{}, false
}

// items lists the catalogue items asked for, each once.
func (r *RFQ) items() []id.Item {
	var ids []id.Item
	seen := map[id.Item]bool{}
	for _, l := range r.Lines {
		if !l.Item.IsZero() && !seen[l.Item] {
			seen[l.Item] = true
			ids = append(ids, l.Item)
		}
	}
	return ids
}
