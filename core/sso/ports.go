package sso

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
)

// Provider speaks with the providers of one kind. It must not be asked inside a unit of work.
type Provider interface {
	// Askable reports whether an issuer's address is one that may be asked at all.
	Askable(issuer string) bool
	// Address is where a browser is sent: ErrIssuer, ErrProvider.
	Address(ctx context.Context, a Asked, state string) (string, error)
	// Redeem turns a code, or a whole response, into what the provider vouches for: ErrToken
	// and its kin. iss is who says, in the address of the answer, that he answers.
	Redeem(ctx context.Context, a Asked, code, iss string) (Claims, error)
}

// Federator is what SAML has besides: the parties describe themselves to each other, and a
// response says which request it answers.
type Federator interface {
	Provider
	// Read is what a provider's metadata say: ErrMetadata and its kin.
	Read(xml string) (Description, error)
	// Fetch asks an address for metadata: ErrIssuer, ErrProvider.
	Fetch(ctx context.Context, address string) (string, error)
	// Describe is our own metadata.
	Describe(a Asked) ([]byte, error)
	// Key makes a key that signs requests, and the certificate that goes with it.
	Key(name string) (key string, certificate []byte, err error)
	// Concerns is the id of the request that a response claims to answer. Nothing of it is
	// proved yet.
	Concerns(response string) (string, error)
}

// Asked is one question to a provider. Of SAML, ClientID is our own entity id, Secret the key
// that signs requests and Nonce the request's id.
type Asked struct {
	Issuer, ClientID, Secret string
	Redirect                 string
	Nonce, Verifier          string
	Email                    string // a hint
	Again                    bool   // who he is, although he is signed in there
	SAML                     SAML
	RoleClaim                string
}

// Claims is what a provider vouches for, verified.
type Claims struct {
	Subject  string
	Email    string
	Verified bool // the address is, says the provider
	Name     string
	At       time.Time // when it asked the person, zero if it does not say
	Strong   bool      // by more than a password
	Values   map[string][]string
}

// Attempt is somebody who was sent to a provider.
type Attempt struct {
	Connection id.SSOConnection
	Version    int64 // of the connection: another client's answer is no answer
	Purpose    Purpose
	Person     id.Person // who was signed in; none for signing in
	Next       string
	ExpiresAt  time.Time
	Answer     *Claims // what the provider said already, where it comes before the browser
}

// Purpose is what an attempt is for.
type Purpose string

// The purposes.
const (
	SignIn Purpose = "sign_in"
	Prove  Purpose = "prove"
	Test   Purpose = "test"
)

// Link says who a provider's subject is here.
type Link struct {
	Connection id.SSOConnection
	Issuer     string
	Subject    string
	Person     id.Person
	Made       bool // the person came with the connection
	Active     bool // the directory has not shut him out
	At         time.Time
}

// Hash is a secret as it is stored.
type Hash = identity.Hash

// Store keeps connections of the caller's tenant. Writes need a unit of work.
type Store interface {
	Insert(ctx context.Context, c Connection) error
	Save(ctx context.Context, c Connection) error // ErrStale
	// Connections are a company's, or the marketplace's own, with their domains.
	Connections(ctx context.Context, org id.Org) ([]Connection, error)
	Connection(ctx context.Context, c id.SSOConnection) (Connection, error)
	// ByDomain is the connection that is on and has proved a domain, or ErrNoDomain.
	ByDomain(ctx context.Context, domain string) (Connection, error)

	AddDomain(ctx context.Context, c id.SSOConnection, d Domain) error  // ErrListed
	SaveDomain(ctx context.Context, c id.SSOConnection, d Domain) error // ErrTaken
	RemoveDomain(ctx context.Context, c id.SSOConnection, d id.SSODomain) error
	// Due are proved domains that were not looked at since a time.
	Due(ctx context.Context, before time.Time, most int) ([]Connection, error)

	SetEmergency(ctx context.Context, c id.SSOConnection, people []id.Person) error
	// Guards are the administrators of a company, or the operators, and whether each has a
	// second factor.
	Guards(ctx context.Context, org id.Org, roles []string) ([]Guard, error)
	// Required reports whether a connection that is on and enforced has proved the domain and
	// is of a company that the person is a member of, or of the marketplace's for its staff;
	// and whether it marks him.
	Required(ctx context.Context, p id.Person, domain string, staff bool) (Connection, bool, error)

	InsertAttempt(ctx context.Context, state, browser Hash, a Attempt) error
	// UseAttempt takes an attempt for good: of two at once, one does. ErrAttempt.
	UseAttempt(ctx context.Context, state, browser Hash, now time.Time) (Attempt, error)
	// Attempt is one that has no answer yet. ErrAttempt.
	Attempt(ctx context.Context, state Hash, now time.Time) (Attempt, error)
	// AnswerAttempt keeps what the provider said until the browser comes for it: of two
	// answers at once, one is kept. ErrAttempt.
	AnswerAttempt(ctx context.Context, state Hash, k Claims, now time.Time) error
	DropAttempt(ctx context.Context, state Hash) error
	Prune(ctx context.Context, before time.Time) (int64, error)

	Link(ctx context.Context, c id.SSOConnection, issuer, subject string) (Link, error) // ErrUnknown
	PutLink(ctx context.Context, l Link) error                                          // ErrUnknown for a person who is somebody else there
	UseLink(ctx context.Context, l Link, at time.Time) error
	// Activate says whether the directory lets a person come in.
	Activate(ctx context.Context, c id.SSOConnection, p id.Person, active bool) error
	// Directed reports whether the connection's directory says a person's roles by its groups.
	Directed(ctx context.Context, c id.SSOConnection, p id.Person) (bool, error)
	// Grouped reports whether the directory has a person in a group. Of the marketplace's own
	// staff, its groups then say who is an operator, and no claim: who is in none yet, because
	// directories send groups last, is held to what the provider says.
	Grouped(ctx context.Context, c id.SSOConnection, p id.Person) (bool, error)
}

// Guard is somebody who could be marked for emergencies.
type Guard struct {
	Person id.Person
	Name   string
	Email  string
	Factor bool
}

// People is identity, as connections need it.
type People interface {
	ByID(ctx context.Context, p id.Person) (identity.Person, error)
	ByAddress(ctx context.Context, email string) (identity.Person, error)
	Add(ctx context.Context, in identity.SignUpInput) (identity.Person, error)
	Enter(ctx context.Context, v identity.Voucher) (identity.SignedIn, error)
	Vouched(ctx context.Context, via id.SSOConnection) (identity.SignedIn, error)
	Via(ctx context.Context) (id.SSOConnection, error)
	EndVia(ctx context.Context, via id.SSOConnection, who id.Person) error
}

// Members is parties, as connections need it.
type Members interface {
	IsMember(ctx context.Context, org id.Org, person id.Person) (bool, error)
	Provision(ctx context.Context, org id.Org, person id.Person, roles []string) ([]string, error)
	GrantableRoles(ctx context.Context) []string
}

// Roles names the roles whose holders are of a role.
type Roles interface {
	Holding(ctx context.Context, role string) []string
}

// Vault seals what a stolen dump must not tell.
type Vault interface {
	Seal(ctx context.Context, table, column, row string, plain []byte) ([]byte, error)
	Open(ctx context.Context, table, column, row string, sealed []byte) ([]byte, error)
}
