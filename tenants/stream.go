package tenants

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// stream makes an iterator of a seed file. It yields at most one error, and as the last.
func stream[T any](b Blueprint, name string, want shape, read func(*row) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := eachRow(b.dir, name, want, func(r *row) error {
			v := read(r)
			if r.err == nil && !yield(v, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			var none T
			yield(none, err)
		}
	}
}

func offerKey(r *row) OfferKey { return OfferKey{r.text("seller"), r.text("seller_sku")} }

// Items are what is traded, in the order of the file. One without a picture of its own has
// its category's.
func (b Blueprint) Items() iter.Seq2[Item, error] {
	pictures := make(map[string]string, len(b.Categories))
	for _, c := range b.Categories {
		pictures[c.Slug] = c.Picture
	}
	want := shape{"sku", "category", "name:", "text:", "brand", "unit", "kg_per_unit", "regulated", "picture", "a:"}
	return stream(b, "items", want, func(r *row) Item {
		return Item{
			SKU: r.text("sku"), Category: r.text("category"), Names: r.named("name:"), Descriptions: r.named("text:"),
			Brand: r.text("brand"), Unit: r.text("unit"), KgPerUnit: r.micro("kg_per_unit"), Regulated: r.text("regulated"),
			Picture: cmp.Or(r.text("picture"), pictures[r.text("category")]), Attributes: r.named("a:"),
		}
	})
}

// Offers are sellers' terms with public prices; the items they name come in Items.
func (b Blueprint) Offers() iter.Seq2[Offer, error] {
	want := shape{"seller", "seller_sku", "item", "unit", "moq", "step", "lead_days", "incoterm", "basis", "note", "tiers"}
	return stream(b, "offers", want, func(r *row) Offer {
		return Offer{
			OfferKey: offerKey(r), Item: r.text("item"), Unit: r.text("unit"), MOQ: r.micro("moq"), Step: r.micro("step"),
			LeadDays: r.number("lead_days"), Incoterm: r.text("incoterm"), Basis: r.text("basis"), Note: r.text("note"), Tiers: r.tiers("tiers"),
		}
	})
}

// Contracts are price lists agreed with one buyer.
func (b Blueprint) Contracts() iter.Seq2[ContractPrice, error] {
	want := shape{"seller", "seller_sku", "buyer", "from", "to", "tiers"}
	return stream(b, "contracts", want, func(r *row) ContractPrice {
		return ContractPrice{OfferKey: offerKey(r), Buyer: r.text("buyer"), From: r.day("from"), To: r.day("to"), Tiers: r.tiers("tiers")}
	})
}

// Lots are batches, before the stock that refers to them.
func (b Blueprint) Lots() iter.Seq2[Lot, error] {
	return stream(b, "lots", shape{"seller", "seller_sku", "lot", "made_on", "expires_on"}, func(r *row) Lot {
		return Lot{OfferKey: offerKey(r), Number: r.text("lot"), MadeOn: r.day("made_on"), ExpiresOn: r.day("expires_on")}
	})
}

// Stock is the opening balance.
func (b Blueprint) Stock() iter.Seq2[Stock, error] {
	return stream(b, "stock", shape{"seller", "seller_sku", "warehouse", "lot", "on_hand"}, func(r *row) Stock {
		return Stock{OfferKey: offerKey(r), Warehouse: r.text("warehouse"), Lot: r.text("lot"), OnHand: r.micro("on_hand")}
	})
}

// Documents are certificates to print.
func (b Blueprint) Documents() iter.Seq2[Document, error] {
	want := shape{"seller", "seller_sku", "kind", "title", "number", "lot", "issued_on", "valid_to", "producer", "standard", "results"}
	return stream(b, "documents", want, func(r *row) Document {
		d := Document{
			OfferKey: offerKey(r), Kind: r.text("kind"), Title: r.text("title"), Number: r.text("number"), Lot: r.text("lot"),
			IssuedOn: r.day("issued_on"), ValidTo: r.day("valid_to"), Producer: r.text("producer"), Standard: r.text("standard"),
		}
		if err := json.Unmarshal([]byte(r.text("results")), &d.Results); err != nil && r.err == nil {
			r.err = fmt.Errorf("results: %w", err)
		}
		return d
	})
}

// History is orders from before, oldest first. The file has one row a line; rows of one
// order follow each other and repeat its head.
func (b Blueprint) History() iter.Seq2[PastOrder, error] {
	want := shape{"number", "seller", "buyer", "placed", "shipped", "state", "freight", "tax", "net", "item", "ordered", "received", "rejected", "price"}
	return func(yield func(PastOrder, error) bool) {
		var o PastOrder
		err := eachRow(b.dir, "history", want, func(r *row) error {
			if n := r.text("number"); n != o.Number {
				if o.Number != "" && !yield(o, nil) {
					return errStop
				}
				o = PastOrder{
					Number: n, Seller: r.text("seller"), Buyer: r.text("buyer"), Placed: r.day("placed"), Shipped: r.day("shipped"),
					State: r.text("state"), Freight: r.amount("freight"), Tax: r.amount("tax"), Net: r.amount("net"),
				}
			}
			o.Lines = append(o.Lines, PastLine{
				Item: r.text("item"), Ordered: r.micro("ordered"), Received: r.micro("received"),
				Rejected: r.micro("rejected"), Price: r.micro("price"),
			})
			return nil
		})
		switch {
		case errors.Is(err, errStop):
		case err != nil:
			yield(PastOrder{}, err)
		case o.Number != "":
			yield(o, nil)
		}
	}
}
