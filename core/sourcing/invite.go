package sourcing

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// writeSellers checks who is asked: companies that are admitted to sell, each once, and
// never the buyer himself.
func (s *Service) writeSellers(ctx context.Context, c *fault.Check, r *RFQ, sellers []id.Org) error {
	if len(sellers) > maxSellers {
		c.Add("sellers", "too_many", fmt.Sprintf("Ask at most %d sellers.", maxSellers))
		return nil
	}
	known, err := s.n.Companies.Companies(ctx, sellers)
	if err != nil {
		return err
	}
	r.Sellers = make([]Invitation, 0, len(sellers))
	for i, seller := range sellers {
		path := fmt.Sprintf("sellers[%d]", i)
		company, ok := known[seller]
		switch {
		case seller == r.Buyer && !seller.IsZero():
			c.Add(path, "own_company", "You cannot ask your own company.")
		case !ok:
			c.Add(path, "unknown", "There is no such company.")
		case !company.Sells || !company.Approved:
			c.Add(path, "not_a_seller", "This company is not admitted to sell.")
		case slices.Index(sellers, seller) != i:
			c.Add(path, "repeated", "")
		default:
			r.Sellers = append(r.Sellers, Invitation{Seller: seller, State: Invited, InvitedAt: s.n.Now()})
		}
	}
	return nil
}

func (s *Service) writeFiles(ctx context.Context, c *fault.Check, r *RFQ, files []id.Blob) error {
	if len(files) > maxFiles {
		c.Add("files", "too_many", fmt.Sprintf("Attach at most %d files.", maxFiles))
		return nil
	}
	owned, err := s.n.Files.Owned(ctx, r.Buyer, files)
	if err != nil {
		return err
	}
	r.Files = make([]id.Blob, 0, len(files))
	for i, f := range files {
		path := fmt.Sprintf("files[%d]", i)
		if _, ok := owned[f]; !ok {
			c.Add(path, "unknown", "There is no such file of yours.")
			continue
		}
		if slices.Index(files, f) != i {
			c.Add(path, "repeated", "")
			continue
		}
		r.Files = append(r.Files, f)
	}
	return nil
}
