package identityhttp

import "context"

func (h handlers) askLink(ctx context.Context, in *askResetInput) (empty, error) {
	return empty{}, h.people.AskLink(ctx, in.Body.Email)
}

type linkInput struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Token string `json:"token" maxLength:"64" doc:"From the letter's link; it works once, for 15 minutes"`
	}
}

func (h handlers) signInLink(ctx context.Context, in *linkInput) (signedInView, error) {
	s, err := h.people.SignInLink(ctx, in.Body.Token, in.UserAgent)
	return entered(ctx, s, err)
}
