package kit

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func bookOutward(p *probe) ([]ask, error) {
	if !offered(p.declared, "logistics/book") {
		return nil, nil
	}
	g, err := p.plug()
	if err != nil {
		return nil, err
	}
	q, err := p.booking(g, "outward")
	if err != nil {
		return nil, err
	}
	return []ask{{name: "logistics.book", path: "/" + contract + ".Logistics/Book", request: q, reply: func() proto.Message { return &wire.Booking{} }}}, nil
}

func bookEffect() effect {
	return effect{"book", "logistics/book", func(p *probe, word string) (proto.Message, error) {
		g, err := p.plug()
		if err != nil {
			return nil, err
		}
		return p.booking(g, word)
	}, func(ctx context.Context, g *plug, q proto.Message) (string, error) {
		b, err := g.logistics.Book(ctx, q.(*wire.BookRequest)) //nolint:forcetypeassert // made above
		return b.GetBookingId(), err
	}, func(p *probe, g *plug, word string) (string, error) {
		b, err := g.logistics.GetBooking(p, &wire.GetBookingRequest{Call: p.call(""), Key: p.key(word)})
		return b.GetBookingId(), err
	}}
}
