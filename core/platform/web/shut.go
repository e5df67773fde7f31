package web

import "github.com/kontorhq/kontor/core/fault"

// What a market that is not simply open answers, by its state: what is the matter, and what
// the reader can do about it.
var (
	ErrSuspended = fault.New(fault.Unavailable, "http.suspended", "This marketplace is suspended at the moment.").Then("Nothing of yours is lost. Try again later, or ask those who run the platform.")
	ErrPreparing = fault.New(fault.Unavailable, "http.preparing", "This marketplace is being set up and not open yet.").Then("Try again later.")
	ErrDeleted   = fault.New(fault.Gone, "http.market_deleted", "This marketplace has been closed for good.").Then("Ask those who ran it for what the law has them keep.")
	ErrReadOnly  = fault.New(fault.Unavailable, "http.read_only", "This marketplace can only be read at the moment.").Then("Look and fetch what you need; changes can be made again when it is opened.")
	ErrClosing   = fault.New(fault.Unavailable, "http.closing", "This marketplace is closing, so nothing can be changed any more.").Then("Fetch your data while it can be read.")
)

// shut is why nobody gets in, nil where people do.
func (s Site) shut() error {
	switch s.State {
	case StateActive, StateReadOnly, StateClosing:
		return nil
	case "draft", "provisioning":
		return ErrPreparing
	case "deleted":
		return ErrDeleted
	}
	return ErrSuspended // also what nobody has heard of
}

// frozen is why nothing can be changed.
func (s Site) frozen() error {
	if s.State == StateClosing {
		return ErrClosing
	}
	return ErrReadOnly
}
