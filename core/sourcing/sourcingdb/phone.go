package sourcingdb

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/sourcing"
)

// destination is where a request's goods should go, as its row keeps it, and what names the
// number there.
func (s *Store) destination(ctx context.Context, a sourcing.Address) (to string, phone *uuid.UUID, err error) {
	named, err := s.phones.Keep(ctx, a.Phone)
	if err != nil {
		return "", nil, err
	}
	a.Phone = ""
	text, err := json.Marshal(a)
	return string(text), idOrNull(named[0]), err
}

// KeepPhones moves numbers that an earlier version wrote into requests to where they belong.
func (s *Store) KeepPhones(ctx context.Context) error {
	return s.phones.Move(ctx, contact.Old{Table: "sourcing_rfqs", Plain: "x.ship_to->>'phone'", Clear: "ship_to = ship_to - 'phone'"})
}
