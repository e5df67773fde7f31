package identityhttp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
)

// place is where the browser stands. Its secret is a cookie that no script can read.
func place(ctx context.Context) identity.Place {
	host, origin := web.Standing(ctx)
	return identity.Place{Host: host, Origin: origin, Browser: web.Device(ctx)}
}

type askingView struct {
	Ceremony  string         `json:"ceremony" doc:"Send it with the answer; it works once, in the browser that asked"`
	ExpiresAt time.Time      `json:"expires_at"`
	Options   map[string]any `json:"options" doc:"For navigator.credentials: the publicKey options, in WebAuthn's JSON form"`
}

func asking(ctx context.Context, a identity.Asking, err error) (askingView, error) {
	if err != nil {
		return askingView{}, err
	}
	web.SetDevice(ctx, a.Browser, 2*identity.CeremonyLives)
	return askingView{a.Ceremony, a.ExpiresAt, a.Options}, nil
}

func answered(ctx context.Context, ceremony string, credential map[string]any) (identity.Answered, error) {
	b, err := json.Marshal(credential)
	return identity.Answered{Place: place(ctx), Ceremony: ceremony, Credential: b}, err
}

type passkeyInput struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Ceremony   string         `json:"ceremony" maxLength:"64"`
		Credential map[string]any `json:"credential" doc:"What navigator.credentials answered, in WebAuthn's JSON form"`
	}
}

func (h handlers) beginPasskeyIn(ctx context.Context, _ *empty) (askingView, error) {
	a, err := h.people.BeginSignInPasskey(ctx, place(ctx))
	return asking(ctx, a, err)
}

func (h handlers) passkeyIn(ctx context.Context, in *passkeyInput) (signedInView, error) {
	a, err := answered(ctx, in.Body.Ceremony, in.Body.Credential)
	if err != nil {
		return signedInView{}, err
	}
	s, err := h.people.SignInPasskey(ctx, a, in.UserAgent)
	return entered(ctx, s, err)
}

type ticketInput struct {
	Body struct {
		Ticket string `json:"ticket,omitempty" maxLength:"64" doc:"Of the first step; a page's browser keeps it in a cookie"`
	}
}

func ticketOf(ctx context.Context, sent string) string {
	if sent == "" {
		return web.Ticket(ctx)
	}
	return sent
}

func (h handlers) beginPasskeyCode(ctx context.Context, in *ticketInput) (askingView, error) {
	a, err := h.people.BeginCodePasskey(ctx, place(ctx), ticketOf(ctx, in.Body.Ticket))
	return asking(ctx, a, err)
}

type passkeyCodeInput struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Ceremony   string         `json:"ceremony" maxLength:"64"`
		Credential map[string]any `json:"credential" doc:"What navigator.credentials answered, in WebAuthn's JSON form"`
		Ticket     string         `json:"ticket,omitempty" maxLength:"64"`
	}
}

func (h handlers) passkeyCode(ctx context.Context, in *passkeyCodeInput) (signedInView, error) {
	a, err := answered(ctx, in.Body.Ceremony, in.Body.Credential)
	if err != nil {
		return signedInView{}, err
	}
	s, err := h.people.SignInCodePasskey(ctx, a, ticketOf(ctx, in.Body.Ticket), in.UserAgent)
	if err == nil {
		web.SetTicket(ctx, "", 0)
	}
	return entered(ctx, s, err)
}

func (h handlers) beginPasskeyProof(ctx context.Context, _ *empty) (askingView, error) {
	a, err := h.people.BeginProofPasskey(ctx, place(ctx))
	return asking(ctx, a, err)
}

func (h handlers) passkeyProof(ctx context.Context, in *passkeyInput) (signedInView, error) {
	a, err := answered(ctx, in.Body.Ceremony, in.Body.Credential)
	if err != nil {
		return signedInView{}, err
	}
	s, err := h.people.ProvePasskey(ctx, a)
	return entered(ctx, s, err)
}

type passkeyView struct {
	ID        id.Passkey `json:"id"`
	Name      string     `json:"name"`
	Host      string     `json:"host" doc:"The address where it works"`
	AAGUID    string     `json:"aaguid" doc:"The model of the device, where it tells"`
	BackedUp  bool       `json:"backed_up" doc:"It is on more than one device"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"used_at,omitempty"`
}

func viewPasskey(k identity.Passkey) passkeyView {
	return passkeyView{k.ID, k.Name, k.Host, uuid.UUID(k.AAGUID).String(), k.BackedUp, k.CreatedAt, orNone(k.UsedAt)}
}

func (h handlers) passkeys(ctx context.Context, _ *empty) (page.List[passkeyView], error) {
	ks, err := h.people.Passkeys(ctx)
	out := page.List[passkeyView]{Items: make([]passkeyView, len(ks))}
	for i, k := range ks {
		out.Items[i] = viewPasskey(k)
	}
	return out, err
}

func (h handlers) beginPasskey(ctx context.Context, _ *empty) (askingView, error) {
	a, err := h.people.BeginPasskey(ctx, place(ctx))
	return asking(ctx, a, err)
}

type addPasskeyInput struct {
	Body struct {
		Ceremony   string         `json:"ceremony" maxLength:"64"`
		Credential map[string]any `json:"credential" doc:"What navigator.credentials answered, in WebAuthn's JSON form"`
		Name       string         `json:"name" maxLength:"60" doc:"By which you know the device"`
	}
}

type addedPasskeyView struct {
	Passkey passkeyView `json:"passkey"`
	Codes   []string    `json:"recovery_codes,omitempty" doc:"With the first factor: each works once; they are shown this once"`
}

func (h handlers) addPasskey(ctx context.Context, in *addPasskeyInput) (addedPasskeyView, error) {
	a, err := answered(ctx, in.Body.Ceremony, in.Body.Credential)
	if err != nil {
		return addedPasskeyView{}, err
	}
	k, codes, err := h.people.AddPasskey(ctx, a, in.Body.Name)
	return addedPasskeyView{viewPasskey(k), codes}, err
}

type renamePasskeyInput struct {
	ID   id.Passkey `path:"id"`
	Body struct {
		Name string `json:"name" maxLength:"60"`
	}
}

func (h handlers) renamePasskey(ctx context.Context, in *renamePasskeyInput) (empty, error) {
	return empty{}, h.people.RenamePasskey(ctx, in.ID, in.Body.Name)
}

type byPasskey struct {
	ID id.Passkey `path:"id"`
}

func (h handlers) removePasskey(ctx context.Context, in *byPasskey) (empty, error) {
	return empty{}, h.people.RemovePasskey(ctx, in.ID)
}
