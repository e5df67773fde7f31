package identityhttp

import "context"

type endedView struct {
	Ended int64 `json:"ended" doc:"How many sessions there were beside this one"`
}

func (h handlers) endOthers(ctx context.Context, _ *empty) (endedView, error) {
	n, err := h.people.RevokeOthers(ctx)
	return endedView{n}, err
}

type changePasswordInput struct {
	Body struct {
		Old      string `json:"old" maxLength:"512" doc:"The password that you have now"`
		Password string `json:"password" maxLength:"512" doc:"The new one, at least 12 characters"`
	}
}

func (h handlers) changePassword(ctx context.Context, in *changePasswordInput) (empty, error) {
	return empty{}, h.people.ChangePassword(ctx, in.Body.Old, in.Body.Password)
}

type askResetInput struct {
	Body struct {
		Email string `json:"email" maxLength:"254"`
	}
}

func (h handlers) askReset(ctx context.Context, in *askResetInput) (empty, error) {
	return empty{}, h.people.AskReset(ctx, in.Body.Email)
}

type resetInput struct {
	Body struct {
		Token    string `json:"token" maxLength:"64" doc:"From the letter's link; it works once, for 30 minutes"`
		Password string `json:"password" maxLength:"512" doc:"The new one, at least 12 characters"`
	}
}

func (h handlers) reset(ctx context.Context, in *resetInput) (empty, error) {
	return empty{}, h.people.Reset(ctx, in.Body.Token, in.Body.Password)
}
