package event

// PersonSignedUp: somebody can sign in now.
type PersonSignedUp struct {
	Person string `json:"person"`
	Name   string `json:"name"`
}

// EventName names the event.
func (PersonSignedUp) EventName() string { return "identity.person_signed_up.v1" }

// Subject puts the event on the person's timeline.
func (e PersonSignedUp) Subject() Subject { return Subject{"person", e.Person} }

// PersonDisabled: somebody was shut out and his sessions ended.
type PersonDisabled struct {
	Person string `json:"person"`
	Name   string `json:"name"`
}

// EventName names the event.
func (PersonDisabled) EventName() string { return "identity.person_disabled.v1" }

// Subject puts the event on the person's timeline.
func (e PersonDisabled) Subject() Subject { return Subject{"person", e.Person} }

// SignUpRepeated: somebody signed up with an address that has an account. Its owner is
// told by mail; the one at the door is not.
type SignUpRepeated struct {
	Person string `json:"person"`
}

// EventName names the event.
func (SignUpRepeated) EventName() string { return "identity.sign_up_repeated.v1" }

// Subject puts the event on the person's timeline.
func (e SignUpRepeated) Subject() Subject { return Subject{"person", e.Person} }

// PasswordChanged: somebody's password is another now, and his other sessions ended.
type PasswordChanged struct {
	Person string `json:"person"`
	How    string `json:"how"` // "changed" with the old one, "reset" with a letter
}

// EventName names the event.
func (PasswordChanged) EventName() string { return "identity.password_changed.v1" }

// Subject puts the event on the person's timeline.
func (e PasswordChanged) Subject() Subject { return Subject{"person", e.Person} }
