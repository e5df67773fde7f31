package identityhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/identity"
)

type codeInput struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Ticket string `json:"ticket" maxLength:"64"`
		Code   string `json:"code" maxLength:"64" doc:"Of the authenticator app, or a recovery code"`
	}
}

func (h handlers) code(ctx context.Context, in *codeInput) (signedInView, error) {
	s, err := h.people.SignInCode(ctx, identity.CodeInput{Ticket: in.Body.Ticket, Code: in.Body.Code, UserAgent: in.UserAgent})
	return entered(ctx, s, err)
}

type proofInput struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"512" doc:"Where there is no second factor"`
		Code     string `json:"code,omitempty" maxLength:"64" doc:"Where there is one"`
	}
}

func (h handlers) prove(ctx context.Context, in *proofInput) (signedInView, error) {
	s, err := h.people.Prove(ctx, identity.ProofInput{Password: in.Body.Password, Code: in.Body.Code})
	return entered(ctx, s, err)
}

type factorView struct {
	On    bool       `json:"on"`
	Since *time.Time `json:"since,omitempty"`
	Left  int        `json:"recovery_codes_left"`
	Keys  int        `json:"passkeys" doc:"How many passkeys there are; each of them is a second factor too"`
}

func (h handlers) factor(ctx context.Context, _ *empty) (factorView, error) {
	f, err := h.people.SecondFactor(ctx)
	v := factorView{On: f.On(), Left: f.Left, Keys: f.Passkeys}
	if f.On() {
		v.Since = &f.ConfirmedAt
	}
	return v, err
}

type enrolmentView struct {
	Secret string `json:"secret" doc:"For an authenticator app; base32"`
	URI    string `json:"uri" doc:"The same as an otpauth address, for a QR code"`
}

func (h handlers) enrol(ctx context.Context, _ *empty) (enrolmentView, error) {
	e, err := h.people.Enrol(ctx)
	return enrolmentView(e), err
}

type firstCodeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"64"`
	}
}

type recoveryView struct {
	Codes []string `json:"recovery_codes" doc:"Each works once; they are shown this once"`
}

func (h handlers) confirm(ctx context.Context, in *firstCodeInput) (recoveryView, error) {
	codes, err := h.people.Confirm(ctx, in.Body.Code)
	return recoveryView{codes}, err
}

func (h handlers) recovery(ctx context.Context, _ *empty) (recoveryView, error) {
	codes, err := h.people.NewRecovery(ctx)
	return recoveryView{codes}, err
}

func (h handlers) turnOff(ctx context.Context, _ *empty) (empty, error) {
	return empty{}, h.people.TurnOff(ctx)
}
