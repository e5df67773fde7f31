package notify

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with a message.
var (
	ErrNotFound = fault.New(fault.NotFound, "notify.message_not_found", "There is no such message.")
	ErrNobody   = fault.New(fault.Unauthenticated, "notify.sign_in_needed", "Sign in to read your messages.")
)
