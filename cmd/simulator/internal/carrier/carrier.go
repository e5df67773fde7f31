// Package carrier is a haulier with an interface: it takes bookings, gives tracking
// numbers, and moves its consignments a step further as time passes or when told to.
package carrier

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

// Consignment is what was booked and what has become of it.
type Consignment struct {
	ID        string    `json:"id"`
	Client    string    `json:"client"`
	Number    string    `json:"tracking_number"`
	State     string    `json:"state"`
	Carrier   string    `json:"carrier"`
	Service   string    `json:"service"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Kg        string    `json:"kg"`
	Reference string    `json:"reference"`
	Minor     int64     `json:"price_minor"`
	Currency  string    `json:"currency"`
	BookedAt  time.Time `json:"booked_at"`
	ETA       time.Time `json:"eta"`
	Events    []Event   `json:"events"`
}

// Event happened once; its id never changes.
type Event struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Code  string    `json:"code"`
	Place string    `json:"place"`
}

// route is how a consignment goes, one step after the other.
var route = []string{"confirmed", "picked_up", "in_transit", "delivered"}

// Booking is a request.
type Booking struct {
	Reference string `json:"reference"`
	Service   string `json:"service"`
	From      string `json:"from"`
	To        string `json:"to"`
	Kg        string `json:"kg"`
	Minor     int64  `json:"price_minor"`
	Currency  string `json:"currency"`
	ETADays   int    `json:"eta_days"`
}

type books struct {
	Consignments map[string]*Consignment `json:"consignments"`
	Keys         map[string][2]string    `json:"keys"` // client + key: hash, id
}

// Carrier is open from New on.
type Carrier struct {
	mu    sync.Mutex
	books books
	file  party.File
	step  time.Duration
	now   func() time.Time
}

// New opens the carrier; step is how long one stage of a journey takes here.
func New(file party.File, step time.Duration) (*Carrier, error) {
	c := &Carrier{file: file, step: step, now: func() time.Time { return time.Now().UTC() }, books: books{map[string]*Consignment{}, map[string][2]string{}}}
	return c, file.Load(&c.books)
}

// Refusal is the carrier saying no.
type Refusal struct {
	Status       int
	Code, Detail string
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

// Book takes a consignment, once for a key.
func (c *Carrier) Book(client, key, hash string, in Booking) (Consignment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch k, ok := c.books.Keys[client+"\n"+key]; {
	case key == "" || len(key) > 200:
		return Consignment{}, &Refusal{400, "key_missing", "Idempotency-Key"}
	case ok && k[0] != hash:
		return Consignment{}, &Refusal{409, "key_reused", "the key was used for another request"}
	case ok:
		return *c.books.Consignments[k[1]], nil
	case in.Service == "" || in.From == "" || in.To == "" || in.ETADays < 0 || in.ETADays > 365:
		return Consignment{}, &Refusal{422, "booking_incomplete", ""}
	}
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	now := c.now()
	s := &Consignment{
		ID: "bkg_" + hex.EncodeToString(b[:]), Client: client, Number: fmt.Sprintf("KTR%012d", (uint64(b[0])<<32|uint64(b[1])<<24|uint64(b[2])<<16|uint64(b[3])<<8|uint64(b[4]))%1e12),
		Carrier: "Simulated Haulage", Service: in.Service, From: in.From, To: in.To, Kg: in.Kg, Reference: in.Reference, Minor: in.Minor, Currency: in.Currency,
		BookedAt: now, ETA: now.AddDate(0, 0, in.ETADays),
	}
	s.move(route[0], now)
	c.books.Consignments[s.ID] = s
	c.books.Keys[client+"\n"+key] = [2]string{hash, s.ID}
	return *s, c.file.Save(&c.books)
}

func (s *Consignment) move(state string, at time.Time) {
	place := s.From
	if state == "delivered" {
		place = s.To
	}
	s.State = state
	s.Events = append(s.Events, Event{fmt.Sprintf("%s-%d", s.ID, len(s.Events)+1), at, state, place})
}

// Find looks a consignment of a client up by id, tracking number or key, as it stands now.
func (c *Carrier) Find(client, id, key string) (Consignment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == "" {
		id = c.books.Keys[client+"\n"+key][1]
	}
	for _, s := range c.books.Consignments {
		if (s.ID == id || s.Number == id) && s.Client == client && id != "" {
			if c.catchUp(s) {
				return *s, c.file.Save(&c.books)
			}
			return *s, nil
		}
	}
	return Consignment{}, &Refusal{404, "not_found", "no such consignment"}
}

// catchUp lets the time pass for a consignment.
func (c *Carrier) catchUp(s *Consignment) (moved bool) {
	for c.step > 0 && len(s.Events) < len(route) {
		at := s.Events[len(s.Events)-1].At.Add(c.step)
		if at.After(c.now()) {
			break
		}
		s.move(route[len(s.Events)], at)
		moved = true
	}
	return moved
}

// Advance moves a consignment one step now, whoever's it is: for the page and for tests.
func (c *Carrier) Advance(number string) (Consignment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.books.Consignments {
		if s.Number != number && s.ID != number {
			continue
		}
		if len(s.Events) < len(route) {
			s.move(route[len(s.Events)], c.now())
		}
		return *s, c.file.Save(&c.books)
	}
	return Consignment{}, &Refusal{404, "not_found", "no such consignment"}
}

// List is everything, newest first, for the page.
func (c *Carrier) List() []Consignment {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Consignment
	for _, s := range c.books.Consignments {
		c.catchUp(s)
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Consignment) int { return b.BookedAt.Compare(a.BookedAt) })
	return out
}
