package sdk

import "github.com/kontorhq/kontor/plugins/sdk/internal/wire"

func (r *reader) beginRequest(q *wire.BeginRequest) BeginRequest {
	p := q.GetPayer()
	return BeginRequest{
		Call: callFrom(q.GetCall()), Order: refFrom(q.GetOrder()), Amount: moneyFrom(q.GetAmount()), Method: q.GetMethodId(),
		Payer: Party{p.GetId(), p.GetName(), p.GetCountry()}, Fields: r.attrs(q.GetFields()), ReturnURL: q.GetReturnUrl(), NotifyURL: q.GetNotifyUrl(),
	}
}

func beginRequestTo(q BeginRequest) *wire.BeginRequest {
	return &wire.BeginRequest{
		Call: callTo(q.Call), Order: refTo(q.Order), Amount: moneyTo(q.Amount), MethodId: q.Method,
		Payer:  &wire.Party{Id: q.Payer.ID, Name: q.Payer.Name, Country: q.Payer.Country},
		Fields: attrsTo(q.Fields), ReturnUrl: q.ReturnURL, NotifyUrl: q.NotifyURL,
	}
}

func operationFrom(o *wire.Operation) Operation {
	n := o.GetNext()
	return Operation{
		OpID: o.GetOpId(), Kind: OpKind(o.GetKind()), State: OpState(o.GetState()), Amount: moneyFrom(o.GetAmount()),
		Captured: moneyFrom(o.GetCaptured()), Refunded: moneyFrom(o.GetRefunded()), Next: NextAction{NextKind(n.GetKind()), n.GetUrl(), n.GetFields()},
		UpstreamRef: o.GetUpstreamRef(), ExpiresAt: timeFrom(o.GetExpiresAt()), Problems: problemsFrom(o.GetProblems()),
	}
}

func operationTo(o Operation) *wire.Operation {
	return &wire.Operation{
		OpId: o.OpID, Kind: wire.OpKind(o.Kind), State: wire.OpState(o.State), Amount: moneyTo(o.Amount),
		Captured: moneyTo(o.Captured), Refunded: moneyTo(o.Refunded),
		Next:        &wire.NextAction{Kind: wire.NextAction_Kind(o.Next.Kind), Url: o.Next.URL, Fields: o.Next.Fields},
		UpstreamRef: o.UpstreamRef, ExpiresAt: timeTo(o.ExpiresAt), Problems: problemsTo(o.Problems),
	}
}

func webhookRequestFrom(q *wire.ParseWebhookRequest) WebhookRequest {
	w := q.GetWebhook()
	return WebhookRequest{callFrom(q.GetCall()), w.GetHeaders(), w.GetBody(), w.GetQuery(), timeFrom(w.GetReceivedAt())}
}

func webhookRequestTo(q WebhookRequest) *wire.ParseWebhookRequest {
	return &wire.ParseWebhookRequest{Call: callTo(q.Call), Webhook: &wire.Webhook{Headers: q.Headers, Body: q.Body, Query: q.Query, ReceivedAt: timeTo(q.ReceivedAt)}}
}

func webhookReplyFrom(p *wire.ParseWebhookReply) WebhookReply {
	return WebhookReply{each(p.GetUpdates(), func(u *wire.PaymentUpdate) PaymentUpdate {
		return PaymentUpdate{u.GetDedupeId(), u.GetOpId(), u.GetKind(), OpState(u.GetState()), moneyFrom(u.GetAmount()), moneyFrom(u.GetCaptured()), timeFrom(u.GetAt()), u.GetUpstreamRef()}
	})}
}

func webhookReplyTo(p WebhookReply) *wire.ParseWebhookReply {
	return &wire.ParseWebhookReply{Updates: each(p.Updates, func(u PaymentUpdate) *wire.PaymentUpdate {
		return &wire.PaymentUpdate{
			DedupeId: u.DedupeID, OpId: u.OpID, Kind: u.Kind, State: wire.OpState(u.State), Amount: moneyTo(u.Amount),
			Captured: moneyTo(u.Captured), At: timeTo(u.At), UpstreamRef: u.UpstreamRef,
		}
	})}
}

func releaseRequestFrom(q *wire.ReleaseEscrowRequest) ReleaseRequest {
	return ReleaseRequest{callFrom(q.GetCall()), q.GetOpId(), each(q.GetSplits(), func(s *wire.Split) Split {
		return Split{s.GetParty(), s.GetKind(), moneyFrom(s.GetAmount())}
	}), refsFrom(q.GetEvidence())}
}

func releaseRequestTo(q ReleaseRequest) *wire.ReleaseEscrowRequest {
	return &wire.ReleaseEscrowRequest{Call: callTo(q.Call), OpId: q.OpID, Splits: each(q.Splits, func(s Split) *wire.Split {
		return &wire.Split{Party: s.Party, Kind: s.Kind, Amount: moneyTo(s.Amount)}
	}), Evidence: refsTo(q.Evidence)}
}

func payoutRequestFrom(q *wire.PayoutRequest) PayoutRequest {
	return PayoutRequest{callFrom(q.GetCall()), q.GetParty(), moneyFrom(q.GetAmount()), q.GetIban(), q.GetAccountName(), q.GetReference()}
}

func payoutRequestTo(q PayoutRequest) *wire.PayoutRequest {
	return &wire.PayoutRequest{Call: callTo(q.Call), Party: q.Party, Amount: moneyTo(q.Amount), Iban: q.IBAN, AccountName: q.AccountName, Reference: q.Reference}
}
