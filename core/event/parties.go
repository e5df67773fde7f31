package event

import "time"

// CompanyRegistered: a company asks to be admitted.
type CompanyRegistered struct {
	Org       string `json:"org"`
	Name      string `json:"name"`
	NameLocal string `json:"name_local,omitempty"`
	Person    string `json:"person,omitempty"`
}

// EventName names the event.
func (CompanyRegistered) EventName() string { return "parties.company_registered.v1" }

// Subject puts the event on the company's timeline.
func (e CompanyRegistered) Subject() Subject { return Subject{"org", e.Org} }

// CompanyDecided: the operator admitted, rejected or suspended a company.
type CompanyDecided struct {
	Org  string `json:"org"`
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
	Note string `json:"note,omitempty"`
}

// EventName names the event.
func (CompanyDecided) EventName() string { return "parties.company_decided.v1" }

// Subject puts the event on the company's timeline.
func (e CompanyDecided) Subject() Subject { return Subject{"org", e.Org} }

// CompanyUpdated: a company changed what it tells of itself, perhaps where it is paid.
type CompanyUpdated struct {
	Org  string `json:"org"`
	Name string `json:"name"`
}

// EventName names the event.
func (CompanyUpdated) EventName() string { return "parties.company_updated.v1" }

// Subject puts the event on the company's timeline.
func (e CompanyUpdated) Subject() Subject { return Subject{"org", e.Org} }

// MemberChanged: what a person may do for a company changed.
type MemberChanged struct {
	Org     string   `json:"org"`
	Person  string   `json:"person"`
	Roles   []string `json:"roles"`
	Removed bool     `json:"removed,omitempty"`
}

// EventName names the event.
func (MemberChanged) EventName() string { return "parties.member_changed.v1" }

// Subject puts the event on the company's timeline.
func (e MemberChanged) Subject() Subject { return Subject{"org", e.Org} }

// LicenceSubmitted: a licence waits for the operator.
type LicenceSubmitted struct {
	Org     string `json:"org"`
	Licence string `json:"licence"`
	Number  string `json:"number"`
}

// EventName names the event.
func (LicenceSubmitted) EventName() string { return "parties.licence_submitted.v1" }

// Subject puts the event on the company's timeline.
func (e LicenceSubmitted) Subject() Subject { return Subject{"org", e.Org} }

// LicenceVerified: the operator found a licence valid, or not.
type LicenceVerified struct {
	Org     string `json:"org"`
	Licence string `json:"licence"`
	Number  string `json:"number"`
	State   string `json:"state"`
}

// EventName names the event.
func (LicenceVerified) EventName() string { return "parties.licence_verified.v1" }

// Subject puts the event on the company's timeline.
func (e LicenceVerified) Subject() Subject { return Subject{"org", e.Org} }

// MemberInvited: somebody was asked by letter to act for a company, anew or again.
type MemberInvited struct {
	Org        string   `json:"org"`
	Invitation string   `json:"invitation"`
	Roles      []string `json:"roles"`
}

// EventName names the event.
func (MemberInvited) EventName() string { return "parties.member_invited.v1" }

// Subject puts the event on the company's timeline.
func (e MemberInvited) Subject() Subject { return Subject{"org", e.Org} }

// InvitationWithdrawn: the company thought better of it.
type InvitationWithdrawn struct {
	Org        string `json:"org"`
	Invitation string `json:"invitation"`
}

// EventName names the event.
func (InvitationWithdrawn) EventName() string { return "parties.invitation_withdrawn.v1" }

// Subject puts the event on the company's timeline.
func (e InvitationWithdrawn) Subject() Subject { return Subject{"org", e.Org} }

// InvitationAccepted: the invited person acts for the company now.
type InvitationAccepted struct {
	Org        string   `json:"org"`
	Invitation string   `json:"invitation"`
	Person     string   `json:"person"`
	Name       string   `json:"name"`
	Roles      []string `json:"roles"`
}

// EventName names the event.
func (InvitationAccepted) EventName() string { return "parties.invitation_accepted.v1" }

// Subject puts the event on the company's timeline.
func (e InvitationAccepted) Subject() Subject { return Subject{"org", e.Org} }

// UnitChanged: a company has a new unit, or calls one otherwise.
type UnitChanged struct {
	Org    string `json:"org"`
	Unit   string `json:"unit"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Parent string `json:"parent,omitempty"`
}

// EventName names the event.
func (UnitChanged) EventName() string { return "parties.unit_changed.v1" }

// Subject puts the event on the company's timeline.
func (e UnitChanged) Subject() Subject { return Subject{"org", e.Org} }

// UnitMoved: a unit stands elsewhere now, with everything below it.
type UnitMoved struct {
	Org    string `json:"org"`
	Unit   string `json:"unit"`
	Code   string `json:"code"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	People int    `json:"people"`
}

// EventName names the event.
func (UnitMoved) EventName() string { return "parties.unit_moved.v1" }

// Subject puts the event on the company's timeline.
func (e UnitMoved) Subject() Subject { return Subject{"org", e.Org} }

// SettingChanged: a part of a company set something for itself, or let it go.
type SettingChanged struct {
	Org   string `json:"org"`
	Unit  string `json:"unit,omitempty"`
	Key   string `json:"key"`
	Reset bool   `json:"reset,omitempty"`
}

// EventName names the event.
func (SettingChanged) EventName() string { return "parties.setting_changed.v1" }

// Subject puts the event on the company's timeline.
func (e SettingChanged) Subject() Subject { return Subject{"org", e.Org} }

// RepresentationAsked: somebody's side asks a company to let him act for it.
type RepresentationAsked struct {
	Org            string `json:"org"`
	Representation string `json:"representation"`
	Person         string `json:"person"`
	Name           string `json:"name"`
	Firm           string `json:"firm,omitempty"`
}

// EventName names the event.
func (RepresentationAsked) EventName() string { return "parties.representation_asked.v1" }

// Subject puts the event on the company's timeline.
func (e RepresentationAsked) Subject() Subject { return Subject{"org", e.Org} }

// What can become of a representation.
const (
	RepresentationAgreed = "agreed"
	RepresentationEnded  = "ended"
)

// RepresentationChanged: a company lets somebody act for it, or no longer does.
type RepresentationChanged struct {
	What           string    `json:"what"`
	Org            string    `json:"org"`
	Representation string    `json:"representation"`
	Person         string    `json:"person"`
	Name           string    `json:"name"`
	Scope          []string  `json:"scope"`
	Until          time.Time `json:"until"`
}

// EventName names the event.
func (RepresentationChanged) EventName() string { return "parties.representation_changed.v1" }

// Subject puts the event on the company's timeline.
func (e RepresentationChanged) Subject() Subject { return Subject{"org", e.Org} }

// JoinAsked: somebody who tried to register a company that is here already asks to act for it.
type JoinAsked struct {
	Org   string `json:"org"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// EventName names the event.
func (JoinAsked) EventName() string { return "parties.join_asked.v1" }

// Subject puts the event on the company's timeline.
func (e JoinAsked) Subject() Subject { return Subject{"org", e.Org} }
