package event

import "time"

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

// StaffChanged: the marketplace's directory made somebody one of its staff; with no role, he is
// no longer, and his sessions ended.
type StaffChanged struct {
	Person string `json:"person"`
	Name   string `json:"name"`
	Role   string `json:"role"`
}

// EventName names the event.
func (StaffChanged) EventName() string { return "identity.staff_changed.v1" }

// Subject puts the event on the person's timeline.
func (e StaffChanged) Subject() Subject { return Subject{"person", e.Person} }

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

// SecondFactorOn: a person's sign-in asks for a code from now on.
type SecondFactorOn struct {
	Person string `json:"person"`
}

// EventName names the event.
func (SecondFactorOn) EventName() string { return "identity.second_factor_on.v1" }

// Subject puts the event on the person's timeline.
func (e SecondFactorOn) Subject() Subject { return Subject{"person", e.Person} }

// SecondFactorOff: a person's sign-in asks for the password alone again.
type SecondFactorOff struct {
	Person string `json:"person"`
}

// EventName names the event.
func (SecondFactorOff) EventName() string { return "identity.second_factor_off.v1" }

// Subject puts the event on the person's timeline.
func (e SecondFactorOff) Subject() Subject { return Subject{"person", e.Person} }

// RecoveryCodesMade: a person has new recovery codes, and the old ones are worth nothing.
type RecoveryCodesMade struct {
	Person string `json:"person"`
}

// EventName names the event.
func (RecoveryCodesMade) EventName() string { return "identity.recovery_codes_made.v1" }

// Subject puts the event on the person's timeline.
func (e RecoveryCodesMade) Subject() Subject { return Subject{"person", e.Person} }

// RecoveryCodeUsed: a person proved himself with a recovery code.
type RecoveryCodeUsed struct {
	Person string `json:"person"`
}

// EventName names the event.
func (RecoveryCodeUsed) EventName() string { return "identity.recovery_code_used.v1" }

// Subject puts the event on the person's timeline.
func (e RecoveryCodeUsed) Subject() Subject { return Subject{"person", e.Person} }

// SecondStepBlocked: somebody knew a person's password and gave too many wrong codes.
type SecondStepBlocked struct {
	Person string `json:"person"`
}

// EventName names the event.
func (SecondStepBlocked) EventName() string { return "identity.second_step_blocked.v1" }

// Subject puts the event on the person's timeline.
func (e SecondStepBlocked) Subject() Subject { return Subject{"person", e.Person} }

// ImpersonationBegun: somebody who runs the platform acts in a person's name.
type ImpersonationBegun struct {
	Impersonation string    `json:"impersonation"`
	Person        string    `json:"person"`
	Name          string    `json:"name"`
	By            string    `json:"by"`
	Reason        string    `json:"reason"`
	Until         time.Time `json:"until"`
}

// EventName names the event.
func (ImpersonationBegun) EventName() string { return "identity.impersonation_begun.v1" }

// Subject puts the event on the person's timeline.
func (e ImpersonationBegun) Subject() Subject { return Subject{"person", e.Person} }

// ImpersonationEnded: he stopped, or was stopped. One whose time ran out ends without.
type ImpersonationEnded struct {
	Impersonation string `json:"impersonation"`
	Person        string `json:"person"`
	Name          string `json:"name"`
	By            string `json:"by"`
}

// EventName names the event.
func (ImpersonationEnded) EventName() string { return "identity.impersonation_ended.v1" }

// Subject puts the event on the person's timeline.
func (e ImpersonationEnded) Subject() Subject { return Subject{"person", e.Person} }

// PasskeyAdded: a device of a person's opens his account from now on.
type PasskeyAdded struct {
	Person  string `json:"person"`
	Passkey string `json:"passkey"`
	Name    string `json:"name"`
}

// EventName names the event.
func (PasskeyAdded) EventName() string { return "identity.passkey_added.v1" }

// Subject puts the event on the person's timeline.
func (e PasskeyAdded) Subject() Subject { return Subject{"person", e.Person} }

// PasskeyRenamed: a passkey has another name.
type PasskeyRenamed struct {
	Person  string `json:"person"`
	Passkey string `json:"passkey"`
	Name    string `json:"name"`
}

// EventName names the event.
func (PasskeyRenamed) EventName() string { return "identity.passkey_renamed.v1" }

// Subject puts the event on the person's timeline.
func (e PasskeyRenamed) Subject() Subject { return Subject{"person", e.Person} }

// PasskeyRemoved: a passkey opens nothing any more.
type PasskeyRemoved struct {
	Person  string `json:"person"`
	Passkey string `json:"passkey"`
	Name    string `json:"name"`
}

// EventName names the event.
func (PasskeyRemoved) EventName() string { return "identity.passkey_removed.v1" }

// Subject puts the event on the person's timeline.
func (e PasskeyRemoved) Subject() Subject { return Subject{"person", e.Person} }

// PasskeyCopied: a passkey was refused because its device had counted fewer uses than were
// seen here, as a copy of it would.
type PasskeyCopied struct {
	Person  string `json:"person"`
	Passkey string `json:"passkey"`
	Name    string `json:"name"`
}

// EventName names the event.
func (PasskeyCopied) EventName() string { return "identity.passkey_copied.v1" }

// Subject puts the event on the person's timeline.
func (e PasskeyCopied) Subject() Subject { return Subject{"person", e.Person} }
