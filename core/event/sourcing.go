package event

import (
	"time"

	"github.com/kontorhq/kontor/core/money"
)

// What happens while buyers ask for prices. The subject of all is the request, so that
// its timeline is one query; ids are text, names are what they were at the time.

func rfqSubject(id string) Subject { return Subject{Kind: "rfq", ID: id} }

// RFQDrafted: a buyer began a request. Nobody else knows yet.
type RFQDrafted struct {
	RFQ   string `json:"rfq"`
	Buyer string `json:"buyer"`
	Title string `json:"title"`
}

// RFQPublished: the sellers named may quote.
type RFQPublished struct {
	RFQ       string    `json:"rfq"`
	Number    string    `json:"number"`
	Title     string    `json:"title"`
	Buyer     string    `json:"buyer"`
	BuyerName string    `json:"buyer_name"`
	Sellers   []string  `json:"sellers"`
	Lines     int       `json:"lines"`
	ClosesAt  time.Time `json:"closes_at"`
}

// RFQViewed: an invited seller opened the request for the first time.
type RFQViewed struct {
	RFQ    string `json:"rfq"`
	Seller string `json:"seller"`
}

// RFQDeclined: an invited seller will not quote.
type RFQDeclined struct {
	RFQ        string `json:"rfq"`
	Number     string `json:"number"`
	Buyer      string `json:"buyer"`
	Seller     string `json:"seller"`
	SellerName string `json:"seller_name"`
	Note       string `json:"note"`
}

// RFQClosed: no more quotes; the buyer compares.
type RFQClosed struct {
	RFQ    string `json:"rfq"`
	Number string `json:"number"`
	Buyer  string `json:"buyer"`
	Quotes int    `json:"quotes"`
	Early  bool   `json:"early"` // by the buyer, before its hour
}

// RFQCancelled: the buyer withdrew the request.
type RFQCancelled struct {
	RFQ     string   `json:"rfq"`
	Number  string   `json:"number"`
	Buyer   string   `json:"buyer"`
	Sellers []string `json:"sellers"` // empty for a draft
	Reason  string   `json:"reason"`
}

// RFQExpired: nobody quoted in time, or every quote ran out before an award.
type RFQExpired struct {
	RFQ    string `json:"rfq"`
	Number string `json:"number"`
	Buyer  string `json:"buyer"`
}

// RFQAwarded: the buyer decided.
type RFQAwarded struct {
	RFQ    string   `json:"rfq"`
	Number string   `json:"number"`
	Buyer  string   `json:"buyer"`
	Orders []string `json:"orders"`
	Reason string   `json:"reason"`
}

// QuoteSubmitted: a seller quoted, or replaced his quote by a new version.
type QuoteSubmitted struct {
	RFQ        string      `json:"rfq"`
	Number     string      `json:"number"`
	Buyer      string      `json:"buyer"`
	Quote      string      `json:"quote"`
	Seller     string      `json:"seller"`
	SellerName string      `json:"seller_name"`
	Version    int         `json:"version"`
	Total      money.Money `json:"total"`
	ValidUntil time.Time   `json:"valid_until"`
}

// QuoteWithdrawn: a seller took his quote back.
type QuoteWithdrawn struct {
	RFQ        string `json:"rfq"`
	Number     string `json:"number"`
	Buyer      string `json:"buyer"`
	Quote      string `json:"quote"`
	Seller     string `json:"seller"`
	SellerName string `json:"seller_name"`
}

// QuoteAwarded: a seller won all or part of the request; the order says how much.
type QuoteAwarded struct {
	RFQ         string `json:"rfq"`
	Number      string `json:"number"`
	Quote       string `json:"quote"`
	Seller      string `json:"seller"`
	BuyerName   string `json:"buyer_name"`
	Order       string `json:"order"`
	OrderNumber string `json:"order_number"`
}

// QuoteLost: the award went elsewhere. It does not say where.
type QuoteLost struct {
	RFQ    string `json:"rfq"`
	Number string `json:"number"`
	Quote  string `json:"quote"`
	Seller string `json:"seller"`
}

func (RFQDrafted) EventName() string     { return "sourcing.rfq_drafted.v1" }
func (RFQPublished) EventName() string   { return "sourcing.rfq_published.v1" }
func (RFQViewed) EventName() string      { return "sourcing.rfq_viewed.v1" }
func (RFQDeclined) EventName() string    { return "sourcing.rfq_declined.v1" }
func (RFQClosed) EventName() string      { return "sourcing.rfq_closed.v1" }
func (RFQCancelled) EventName() string   { return "sourcing.rfq_cancelled.v1" }
func (RFQExpired) EventName() string     { return "sourcing.rfq_expired.v1" }
func (RFQAwarded) EventName() string     { return "sourcing.rfq_awarded.v1" }
func (QuoteSubmitted) EventName() string { return "sourcing.quote_submitted.v1" }
func (QuoteWithdrawn) EventName() string { return "sourcing.quote_withdrawn.v1" }
func (QuoteAwarded) EventName() string   { return "sourcing.quote_awarded.v1" }
func (QuoteLost) EventName() string      { return "sourcing.quote_lost.v1" }

func (e RFQDrafted) Subject() Subject     { return rfqSubject(e.RFQ) }
func (e RFQPublished) Subject() Subject   { return rfqSubject(e.RFQ) }
func (e RFQViewed) Subject() Subject      { return rfqSubject(e.RFQ) }
func (e RFQDeclined) Subject() Subject    { return rfqSubject(e.RFQ) }
func (e RFQClosed) Subject() Subject      { return rfqSubject(e.RFQ) }
func (e RFQCancelled) Subject() Subject   { return rfqSubject(e.RFQ) }
func (e RFQExpired) Subject() Subject     { return rfqSubject(e.RFQ) }
func (e RFQAwarded) Subject() Subject     { return rfqSubject(e.RFQ) }
func (e QuoteSubmitted) Subject() Subject { return rfqSubject(e.RFQ) }
func (e QuoteWithdrawn) Subject() Subject { return rfqSubject(e.RFQ) }
func (e QuoteAwarded) Subject() Subject   { return rfqSubject(e.RFQ) }
func (e QuoteLost) Subject() Subject      { return rfqSubject(e.RFQ) }
