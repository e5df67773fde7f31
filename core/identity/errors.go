package identity

import (
	"errors"

	"github.com/kontorhq/kontor/core/fault"
)

// What can go wrong at the door.
var (
	// ErrCredentials is the one answer to a wrong address, a wrong password and a
	// disabled account: which of them it was is nobody's business.
	ErrCredentials   = fault.New(fault.Unauthenticated, "identity.credentials_wrong", "The e-mail address or the password is wrong.").Then("Check both and try again.")
	ErrSession       = fault.New(fault.Unauthenticated, "identity.session_ended", "Please sign in.")
	ErrSlowDown      = fault.New(fault.Throttled, "identity.too_many_attempts", "There were too many attempts for this account.").Then("Wait {seconds} seconds and try again.")
	ErrCrowded       = fault.New(fault.Unavailable, "identity.crowded", "Too many people are signing in right now.").Then("Try again in a few seconds.")
	ErrPassword      = fault.New(fault.Invalid, "identity.password_weak", "Choose a stronger password.")
	ErrInvalid       = fault.New(fault.Invalid, "identity.person_invalid", "Some details are missing or wrong.")
	ErrEmailTaken    = fault.New(fault.Conflict, "identity.email_taken", "There is an account with this address already.").Then("Sign in with it.")
	ErrNotFound      = fault.New(fault.NotFound, "identity.person_not_found", "There is no such person.")
	ErrNoSession     = fault.New(fault.NotFound, "identity.session_not_found", "There is no such session.")
	ErrNotMember     = fault.New(fault.NotFound, "identity.company_not_found", "You do not act for such a company.")
	ErrStaffRole     = fault.New(fault.Invalid, "identity.staff_role_wrong", "There is no such staff role here.").At(fault.Field{Path: "staff_role", Reason: "unknown"})
	ErrLastOperator  = fault.New(fault.Conflict, "identity.last_operator", "A marketplace keeps at least one operator.").Then("Make somebody else an operator first.")
	ErrSelf          = fault.New(fault.Conflict, "identity.shut_out_self", "Nobody can shut himself out.").Then("Ask another operator to do it.")
	ErrOldPassword   = fault.New(fault.Invalid, "identity.old_password_wrong", "The password that you have now is another.").Then("Type it again, or sign out and ask for a new one.").At(fault.Field{Path: "old", Reason: "wrong"})
	ErrResetLink     = fault.New(fault.NotFound, "identity.reset_link_dead", "This link is not valid any more.").Then("Ask for a new one; it is valid for 30 minutes, and once.")
	ErrLink          = fault.New(fault.NotFound, "identity.sign_in_link_dead", "This link is not valid any more.").Then("Ask for a new one at the sign-in page; it is valid for 15 minutes, and once.")
	ErrWelcomed      = fault.New(fault.Conflict, "identity.welcomed", "Whoever has this address has an account here and has signed in, or is no operator.").Then("He can ask for a new password at the sign-in page.").At(fault.Field{Path: "email", Reason: "taken"})
	ErrSpaced        = fault.New(fault.Throttled, "identity.too_many_letters", "Several letters were asked for already.").Then("Look into the mailbox, also among unwanted mail, and try again in {minutes} minutes.")
	ErrTicket        = fault.New(fault.Unauthenticated, "identity.ticket_ended", "This sign-in took too long, or had too many wrong codes.").Then("Sign in again with your password.")
	ErrCode          = fault.New(fault.Unauthenticated, "identity.code_wrong", "This code is wrong, or was used already.").Then("Wait for the next code of your app, or use a recovery code.")
	ErrProof         = fault.New(fault.Invalid, "identity.proof_wrong", "This is not right.").Then("Check it and try again.")
	ErrFactorOn      = fault.New(fault.Conflict, "identity.factor_on", "There is a second factor already.").Then("Turn it off first to set up another.")
	ErrFactorOff     = fault.New(fault.Conflict, "identity.factor_off", "There is no second factor.").Then("Set one up first.")
	ErrFederated     = fault.New(fault.Denied, "identity.provider_required", "Your company signs its people in through its own provider.").Then("Choose “Continue with your company” on the sign-in page.")
	ErrBound         = fault.New(fault.Denied, "identity.session_bound", "This session came through your company's provider and acts for that company alone.").Then("Sign in with your password to act for another.")
	ErrImpersonation = fault.New(fault.Invalid, "identity.impersonation_wrong", "Say in whose name, why and for how long.")
	ErrGuiseTicket   = fault.New(fault.NotFound, "identity.impersonation_over", "This link was used already, or is too old.").Then("Begin again in the platform's console.")
	ErrPasskey       = fault.New(fault.Unauthenticated, "identity.passkey_refused", "This passkey opens nothing here.").Then("Try another passkey, or sign in with your password.")
	ErrCeremony      = fault.New(fault.Invalid, "identity.passkey_late", "This took too long, or was answered already.").Then("Begin again.")
	ErrNoPasskey     = fault.New(fault.NotFound, "identity.passkey_not_found", "There is no such passkey here.").Then("Add one under your account, security.")
	ErrNoPasskeyHere = fault.New(fault.Unavailable, "identity.passkey_no_address", "Passkeys do not work at this address.").Then("Open the marketplace by its name, over https.")
	ErrPasskeyKnown  = fault.New(fault.Conflict, "identity.passkey_known", "This passkey is known here already.").Then("Use another device, or remove the passkey there first.")
	ErrPasskeyMade   = fault.New(fault.Invalid, "identity.passkey_unusable", "The device answered with nothing that can be used.").Then("Try again, or use another device.")
	ErrPasskeysMany  = fault.New(fault.Conflict, "identity.passkeys_many", "There are twenty passkeys already.").Then("Remove one that you do not use.")
	ErrPasskeyName   = fault.New(fault.Invalid, "identity.passkey_name", "Name the passkey in at most 60 characters.")
	ErrStale         = fault.New(fault.Conflict, "identity.person_stale", "Somebody else changed this person meanwhile.").Then("Load it again and repeat your change.")
)

// Mistakes in code or data, not of people.
var (
	errHash   = errors.New("identity: a stored password hash cannot be read")
	errInUnit = errors.New("identity: sign-in counts failures and cannot run inside a unit of work: make the route phased")
)
