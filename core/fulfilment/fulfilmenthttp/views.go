package fulfilmenthttp

import (
	"time"

	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

type byOrder struct {
	ID id.Order `path:"id"`
}

type byShipment struct {
	ID id.Shipment `path:"id"`
}

type ratesInput struct {
	ID     id.Order `path:"id"`
	MassKg string   `query:"mass_kg" doc:"Where the goods' own mass is not known."`
}

type shipInput struct {
	ID   id.Order `path:"id"`
	Body struct {
		Lines    []shipLineInput `json:"lines,omitempty" doc:"All that is left when empty."`
		Plugin   string          `json:"plugin,omitempty" doc:"Whose freight offer it is."`
		Offer    string          `json:"offer,omitempty" doc:"A freight offer to book."`
		MassKg   string          `json:"mass_kg,omitempty"`
		Carrier  string          `json:"carrier,omitempty" doc:"Who drives, when no offer is booked."`
		Service  string          `json:"service,omitempty"`
		Tracking string          `json:"tracking,omitempty"`
		Vehicle  string          `json:"vehicle,omitempty"`
		ETA      string          `json:"eta,omitempty" doc:"A day, 2026-12-31."`
		Final    bool            `json:"final,omitempty" doc:"Nothing more of the order will be sent."`
		Note     string          `json:"note,omitempty"`
	}
}

type shipLineInput struct {
	Line id.OrderLine `json:"line"`
	Qty  qtyInput     `json:"qty,omitempty" doc:"All that is left of the line when left out."`
	Lots []string     `json:"lots,omitempty"`
}

type qtyInput struct {
	Value string `json:"value"`
	Unit  string `json:"unit,omitempty"`
}

func (in *shipInput) input() fulfilment.ShipInput {
	b := in.Body
	out := fulfilment.ShipInput{
		Plugin: b.Plugin, OfferID: b.Offer, MassKg: b.MassKg, Carrier: b.Carrier, Service: b.Service, Tracking: b.Tracking,
		Vehicle: b.Vehicle, ETA: b.ETA, Final: b.Final, Note: b.Note,
	}
	for _, l := range b.Lines {
		out.Lines = append(out.Lines, fulfilment.ShipLineInput{Line: l.Line, Qty: l.Qty.Value, Unit: l.Qty.Unit, Lots: l.Lots})
	}
	return out
}

type receiveInput struct {
	ID   id.Shipment `path:"id"`
	Body struct {
		Lines []countInput `json:"lines"`
		Note  string       `json:"note,omitempty"`
	}
}

type countInput struct {
	Line      id.OrderLine `json:"line"`
	Qty       qtyInput     `json:"qty" doc:"What came; 0 when nothing did."`
	WeighedKg string       `json:"weighed_kg,omitempty" doc:"Kilograms on the weighbridge, for lines that settle on it."`
	Lot       string       `json:"lot,omitempty"`
	Damaged   bool         `json:"damaged,omitempty"`
	Note      string       `json:"note,omitempty"`
}

func (in *receiveInput) input() fulfilment.ReceiptInput {
	out := fulfilment.ReceiptInput{Note: in.Body.Note}
	for _, l := range in.Body.Lines {
		out.Lines = append(out.Lines, fulfilment.ReceiptLineInput{Line: l.Line, Qty: l.Qty.Value, Unit: l.Qty.Unit, WeighedKg: l.WeighedKg, Lot: l.Lot, Damaged: l.Damaged, Note: l.Note})
	}
	return out
}

type amountView struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type qtyView struct {
	Value string `json:"value"`
	Unit  string `json:"unit"`
}

type offerView struct {
	Plugin     string     `json:"plugin"`
	Offer      string     `json:"offer"`
	Carrier    string     `json:"carrier"`
	Service    string     `json:"service"`
	Amount     amountView `json:"amount"`
	ETADays    int        `json:"eta_days"`
	ValidUntil time.Time  `json:"valid_until"`
	Features   []string   `json:"features"`
}

type shipmentView struct {
	ID         string             `json:"id"`
	Number     string             `json:"number"`
	Order      string             `json:"order"`
	State      string             `json:"state"`
	Carrier    string             `json:"carrier"`
	Service    string             `json:"service"`
	Tracking   string             `json:"tracking"`
	Vehicle    string             `json:"vehicle"`
	ETA        string             `json:"eta,omitempty"`
	ShippedAt  time.Time          `json:"shipped_at"`
	ReceivedAt *time.Time         `json:"received_at,omitempty"`
	Final      bool               `json:"final"`
	Note       string             `json:"note"`
	Lines      []shipmentLineView `json:"lines"`
	Receipt    *receiptView       `json:"receipt,omitempty"`
}

type shipmentLineView struct {
	Line string   `json:"line"`
	Qty  qtyView  `json:"qty"`
	Lots []string `json:"lots"`
}

type receiptView struct {
	ID     string      `json:"id"`
	Number string      `json:"number"`
	At     time.Time   `json:"at"`
	Note   string      `json:"note"`
	Lines  []countView `json:"lines"`
}

type countView struct {
	Line      string  `json:"line"`
	Qty       qtyView `json:"qty"`
	WeighedKg string  `json:"weighed_kg,omitempty"`
	Lot       string  `json:"lot,omitempty"`
	Outcome   string  `json:"outcome"`
	Note      string  `json:"note"`
}

type receivedView struct {
	Shipment    shipmentView     `json:"shipment"`
	Settled     []settledView    `json:"settled"`
	Differences []differenceView `json:"differences" doc:"Each has become a claim."`
}

type settledView struct {
	Line string     `json:"line"`
	Qty  qtyView    `json:"qty"`
	Sum  amountView `json:"sum"`
}

type differenceView struct {
	Line     string     `json:"line"`
	Kind     string     `json:"kind"`
	Expected qtyView    `json:"expected"`
	Actual   qtyView    `json:"actual"`
	Amount   amountView `json:"amount"`
}

func qty(q quantity.Quantity) qtyView { return qtyView{q.Value(), string(q.Unit)} }

func amount(m money.Money) amountView { return amountView{m.Decimal(), string(m.Currency)} }

func offerOf(o fulfilment.Offer) offerView {
	features := o.Features
	if features == nil {
		features = []string{}
	}
	return offerView{o.Plugin, o.ID, o.Carrier, o.Service, amount(o.Amount), o.ETADays, o.ValidUntil, features}
}

func shipmentOf(s fulfilment.Shipment, receipts []fulfilment.Receipt) shipmentView {
	v := shipmentView{
		ID: s.ID.String(), Number: s.Number, Order: s.Order.String(), State: string(s.State), Carrier: s.Carrier, Service: s.Service, Tracking: s.Tracking,
		Vehicle: s.Vehicle, ShippedAt: s.ShippedAt, Final: s.Final, Note: s.Note, Lines: make([]shipmentLineView, 0, len(s.Lines)),
	}
	if !s.ETA.IsZero() {
		v.ETA = s.ETA.Format(time.DateOnly)
	}
	if !s.ReceivedAt.IsZero() {
		v.ReceivedAt = &s.ReceivedAt
	}
	for _, l := range s.Lines {
		lots := l.Lots
		if lots == nil {
			lots = []string{}
		}
		v.Lines = append(v.Lines, shipmentLineView{l.Line.String(), qty(l.Qty), lots})
	}
	for _, r := range receipts {
		if r.Shipment == s.ID {
			found := receiptOf(r)
			v.Receipt = &found
		}
	}
	return v
}

func receiptOf(r fulfilment.Receipt) receiptView {
	v := receiptView{ID: r.ID.String(), Number: r.Number, At: r.At, Note: r.Note, Lines: make([]countView, 0, len(r.Lines))}
	for _, l := range r.Lines {
		c := countView{Line: l.Line.String(), Qty: qty(l.Qty), Lot: l.Lot, Outcome: string(l.Outcome), Note: l.Note}
		if l.WeighedMicro > 0 {
			c.WeighedKg = quantity.FormatMicro(l.WeighedMicro)
		}
		v.Lines = append(v.Lines, c)
	}
	return v
}

func receivedOf(r fulfilment.ReceivedLoad) receivedView {
	v := receivedView{
		Shipment: shipmentOf(r.Shipment, []fulfilment.Receipt{r.Receipt}), Settled: make([]settledView, 0, len(r.Settled)),
		Differences: make([]differenceView, 0, len(r.Differences)),
	}
	for _, s := range r.Settled {
		v.Settled = append(v.Settled, settledView{s.Line.String(), qty(s.Qty), amount(s.Sum)})
	}
	for _, d := range r.Differences {
		v.Differences = append(v.Differences, differenceView{d.Line.String(), string(d.Kind), qty(d.Expected), qty(d.Actual), amount(d.Amount)})
	}
	return v
}
