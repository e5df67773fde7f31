package tenants

import "time"

// Org is a company (seed/orgs.yaml, or orgs.csv.gz where there are very many).
type Org struct {
	Key       string   `yaml:"key"`
	Name      string   `yaml:"name"`       // in Latin script
	NameLocal string   `yaml:"name_local"` // in its own script, if another
	Country   string   `yaml:"country"`
	RegKind   string   `yaml:"reg_kind"` // uscc, vat, ein, duns, lei, other
	RegNo     string   `yaml:"reg_no"`   // of valid format; check characters are right where the scheme has them
	City      string   `yaml:"city"`
	Street    string   `yaml:"street"`
	Postcode  string   `yaml:"postcode"`
	Email     string   `yaml:"email"`
	About     Names    `yaml:"about"`
	Buys      bool     `yaml:"buys"`
	Sells     bool     `yaml:"sells"`
	State     string   `yaml:"state"` // approved (default) or submitted: waits for an operator
	Account   string   `yaml:"iban"`  // settlement account at the demo bank, sellers only
	Units     []Unit   `yaml:"units"`
	Centres   []Centre `yaml:"cost_centres"`
	Addresses []Place  `yaml:"addresses"`
}

// Unit is a department, parents before children.
type Unit struct {
	Code   string `yaml:"code"`
	Name   string `yaml:"name"`
	Parent string `yaml:"parent"` // code
}

// Centre is a cost centre with its budget in the tenant's currency.
type Centre struct {
	Code   string `yaml:"code"`
	Name   string `yaml:"name"`
	Unit   string `yaml:"unit"` // code
	Budget Amount `yaml:"budget"`
	From   Day    `yaml:"from"`
	To     Day    `yaml:"to"`
}

// Place is a delivery address.
type Place struct {
	Label    string `yaml:"label"`
	Country  string `yaml:"country"`
	Region   string `yaml:"region"`
	City     string `yaml:"city"`
	Street   string `yaml:"street"`
	Postcode string `yaml:"postcode"`
	Contact  string `yaml:"contact"`
	Phone    string `yaml:"phone"`
}

// Person can sign in, with DemoPassword (seed/people.yaml).
type Person struct {
	Email   string   `yaml:"email"`
	Name    string   `yaml:"name"`
	Locale  string   `yaml:"locale"`
	Staff   string   `yaml:"staff"` // "", operator, platform
	Demo    Names    `yaml:"demo"`  // what to show beside the sign-in; empty: not announced
	Members []Member `yaml:"member_of"`
}

// Member is what a person may do for a company. Limit: the most one order may come to
// without approval (an approver: the most he may approve); nil is no limit.
type Member struct {
	Org   string   `yaml:"org"`
	Roles []string `yaml:"roles"`
	Unit  string   `yaml:"unit"` // code
	Limit *Amount  `yaml:"limit"`
}

// Licence is a permission that the law asks for (seed/licences.yaml, and licences.csv.gz
// where there are very many).
type Licence struct {
	Org    string   `yaml:"org"`
	Kind   string   `yaml:"kind"` // dea_registration, gmp, fda_establishment
	Number string   `yaml:"number"`
	Scope  []string `yaml:"scope"` // schedules: CII, CIII …
	From   Day      `yaml:"from"`
	To     Day      `yaml:"to"`
	State  string   `yaml:"state"` // valid (default), submitted, revoked
}

// Warehouse is where a seller keeps stock (seed/warehouses.csv).
type Warehouse struct{ Org, Code, Name, Country, City string }

// Index is a point of the price board, DaysAgo before the day it is first applied
// (seed/indices.csv). Source says that it is made up for demonstration.
type Index struct {
	Key     string
	Names   Names
	Unit    string
	DaysAgo int
	Price   Micro // in the tenant's currency
	Source  string
}

// Item is a thing that is traded, whoever sells it (seed/items.csv.gz).
type Item struct {
	SKU          string
	Category     string // slug
	Names        Names
	Descriptions Names
	Brand        string
	Unit         string // UN/ECE Rec 20: H87 piece, TNE, KGM, GRM, LTR
	KgPerUnit    Micro  // 0 where mass is unknown
	Regulated    string // a DEA schedule such as "CII", or empty
	Picture      string // see Picture
	Attributes   map[string]string
}

// OfferKey names an offer: whose, and under what number of theirs.
type OfferKey struct{ Seller, SKU string }

// PublicFrom is the day from which public prices of a seed hold. It is part of a price's
// key, so it must not be the day of applying: that would add the list again every day.
var PublicFrom = Day{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}

// Offer is one seller's terms for one item (seed/offers.csv.gz), with the public price
// list: Tiers rise in quantity and fall in price, the first starts at or below MOQ.
// Prices are per Unit in the tenant's currency, before tax, and hold from PublicFrom.
type Offer struct {
	OfferKey
	Item     string // SKU
	Unit     string
	MOQ      Micro
	Step     Micro // orders are MOQ plus whole steps
	LeadDays int
	Incoterm string
	Basis    string // piece; theoretical or weighed mass (steel by the tonne)
	Note     string
	Tiers    []Tier
}

// Tier is a price from a quantity up.
type Tier struct{ From, Price Micro }

// ContractPrice is a price list agreed with one buyer (seed/contracts.csv.gz).
type ContractPrice struct {
	OfferKey
	Buyer    string // Org.Key
	From, To Day    // To is the last day
	Tiers    []Tier
}

// Lot is a batch (seed/lots.csv.gz). A heat of steel is a lot that does not expire.
type Lot struct {
	OfferKey
	Number    string
	MadeOn    Day
	ExpiresOn Day // zero: does not expire
}

// Stock is what is on hand at opening, in the offer's unit (seed/stock.csv.gz).
type Stock struct {
	OfferKey
	Warehouse string // code of one of the seller's
	Lot       string // number, empty where the goods have no lots
	OnHand    Micro
}

// Document is what a certificate says; the PDF is made from it (seed/documents.csv.gz).
type Document struct {
	OfferKey
	Kind     string // mill_certificate, coa
	Title    string
	Number   string
	Lot      string // heat or lot number, one of the offer's lots
	IssuedOn Day
	ValidTo  Day // zero: for ever
	Producer string
	Standard string
	Results  []Result
}

// Result is a line of a certificate: group "chemistry", "mechanical", "assay" …
type Result struct {
	Group string `json:"g"`
	Name  string `json:"n"`
	Value string `json:"v"`
	Unit  string `json:"u,omitempty"`
	Limit string `json:"l,omitempty"` // "≤ 0.20", "470–630"
}

// PastOrder is an order from before Kontor (seed/history.csv.gz): it fills reports and
// re-order lists, and is never paid or shipped again.
type PastOrder struct {
	Number  string
	Seller  string // Org.Key
	Buyer   string // Org.Key
	Placed  Day
	Shipped Day    // zero: never
	State   string // rejected, complete; pending and approved never ended and are not taken over
	Freight Amount
	Tax     Amount
	Net     Amount // sum of the lines
	Lines   []PastLine
}

// PastLine is a position of a past order: ordered, received, and of that rejected.
type PastLine struct {
	Item                        string // SKU
	Ordered, Received, Rejected Micro
	Price                       Micro
}
