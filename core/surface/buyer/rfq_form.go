package buyer

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
)

// rfqForm is a request while it is written. All of it travels in the form, so that adding
// a line or looking for a seller needs neither a script nor a stored draft.
type rfqForm struct {
	screen
	ID      string // of the draft; empty for a new one
	Version int64
	Post    string // where the form goes

	Title, Note, Incoterm, ClosesAt string
	Currency                        string
	Address                         string // of the address book; empty means as written
	ShipTo                          sourcing.Address
	Lines                           []rfqLine
	Sellers                         []sellerChoice
	Files                           []fileChoice
	ItemText, SellerText            string
	Found                           []foundItem
	NotFound                        bool

	Units     []string
	Incoterms []theme.Choice
	Addresses []theme.Choice
	MinClose  string
	MinNeed   string
}

// rfqLine is one line as typed.
type rfqLine struct {
	Item, SKU, Name           string
	Description               string
	Qty, Unit, Target, NeedBy string
	Units                     []string
}

type sellerChoice struct {
	reads.SellerRow
	Name    string
	Checked bool
}

type fileChoice struct {
	ID, Name string
	Size     int64
}

type foundItem struct{ ID, SKU, Name string }

var (
	units     = []string{"H87", "TNE", "KGM", "GRM", "MTR", "MMT", "MTK", "LTR", "PK", "BX", "DR"}
	incoterms = []string{"EXW", "FCA", "FAS", "FOB", "CPT", "CIP", "CFR", "CIF", "DAP", "DPU", "DDP"}
)

// frameRFQ makes the form with what does not depend on what was typed.
func (c desk) frameRFQ(ctx context.Context, v *web.Visit, title string) (*rfqForm, error) {
	s, err := c.open(ctx, v, "rfqs", title, console.Crumb("nav.rfqs", "/buyer/rfqs"))
	if err != nil {
		return nil, err
	}
	now := c.Now().In(s.zone())
	m := &rfqForm{screen: s, Post: "/buyer/rfqs", Currency: v.Site().Currency, Units: units, MinClose: now.Format(localTime), MinNeed: now.Format(time.DateOnly)}
	for _, i := range incoterms {
		m.Incoterms = append(m.Incoterms, theme.Choice{Value: i, Label: i + " · " + s.p.T("buyer.incoterm."+i)})
	}
	known, err := c.addressBook(ctx, s)
	for _, a := range known.Addresses {
		m.Addresses = append(m.Addresses, theme.Choice{Value: a.ID.String(), Label: joined(" · ", a.Label, joined(", ", a.Street, a.City, a.Country))})
	}
	return m, err
}

// addressBook is what a form lets somebody choose from.
func (c desk) addressBook(ctx context.Context, s screen) (parties.Choices, error) {
	if s.self.Org.IsZero() {
		return parties.Choices{}, nil
	}
	return c.Parties.Choices(ctx, s.self.Org, s.self.Person)
}

// newRFQ begins with the items named in the address: ?item=<id or part number>&qty=…
func (c desk) newRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.frameRFQ(ctx, v, "buyer.rfq.new")
	if err != nil {
		return web.Answer{}, err
	}
	m.ClosesAt = c.Now().In(m.zone()).AddDate(0, 0, 7).Truncate(24*time.Hour).Format("2006-01-02") + "T17:00"
	if len(m.Addresses) > 0 {
		m.Address = m.Addresses[0].Value
	}
	q := v.Queries()
	for i, text := range q["item"] {
		l := rfqLine{Item: text}
		if i < len(q["qty"]) {
			l.Qty = number(q["qty"][i])
		}
		if i < len(q["unit"]) {
			l.Unit = q["unit"][i]
		}
		m.Lines = append(m.Lines, l)
	}
	if seller := q.Get("seller"); seller != "" {
		var org id.Org
		if org.UnmarshalText([]byte(seller)) == nil && !org.IsZero() {
			m.Sellers = append(m.Sellers, sellerChoice{SellerRow: reads.SellerRow{ID: org}, Checked: true})
		}
	}
	if err := c.dressRFQ(ctx, m); err != nil {
		return web.Answer{}, err
	}
	m.Title = m.titleFromLines()
	return web.Render("buyer/rfq-form", m), nil
}

// titleFromLines suggests a name for a request about known items.
func (m *rfqForm) titleFromLines() string {
	for _, l := range m.Lines {
		if l.Name != "" {
			return m.p.T("buyer.rfq.title_of", "item", l.Name)
		}
	}
	return ""
}

// readRFQ takes over what was typed.
func (m *rfqForm) readRFQ(f url.Values) {
	m.ID, m.Title, m.Note, m.Incoterm, m.ClosesAt = f.Get("id"), f.Get("title"), f.Get("note"), f.Get("incoterm"), f.Get("closes_at")
	m.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64)
	m.Address, m.ItemText, m.SellerText = f.Get("address"), strings.TrimSpace(f.Get("item_text")), strings.TrimSpace(f.Get("seller_text"))
	m.ShipTo = sourcing.Address{
		Label: f.Get("ship_to.label"), Country: strings.ToUpper(strings.TrimSpace(f.Get("ship_to.country"))), Region: f.Get("ship_to.region"), City: f.Get("ship_to.city"),
		Street: f.Get("ship_to.street"), Postcode: f.Get("ship_to.postcode"), Contact: f.Get("ship_to.contact"), Phone: f.Get("ship_to.phone"),
	}
	for _, r := range console.Rows(f, "lines") {
		m.Lines = append(m.Lines, rfqLine{Item: r.Get("item"), Description: r.Get("description"), Qty: number(r.Get("qty")), Unit: r.Get("unit"), Target: number(r.Get("target_price")), NeedBy: r.Get("need_by")})
	}
	for _, text := range f["sellers"] {
		var org id.Org
		if org.UnmarshalText([]byte(text)) == nil && !org.IsZero() {
			m.Sellers = append(m.Sellers, sellerChoice{SellerRow: reads.SellerRow{ID: org}, Checked: true})
		}
	}
	for _, text := range f["files"] {
		m.Files = append(m.Files, fileChoice{ID: text})
	}
	if m.ID != "" {
		m.Post = "/buyer/rfqs/" + m.ID + "/edit"
	}
}

// dressRFQ looks up what the lines, sellers and files are called, and suggests sellers.
func (c desk) dressRFQ(ctx context.Context, m *rfqForm) error {
	items, err := c.nameLines(ctx, m)
	if err != nil {
		return err
	}
	if len(m.Lines) == 0 {
		m.Lines = []rfqLine{{Unit: "H87"}}
	}
	var chosen []id.Org
	for _, s := range m.Sellers {
		chosen = append(chosen, s.ID)
	}
	rows, err := c.Reads.Sellers(ctx, items, m.SellerText, chosen)
	if err != nil {
		return err
	}
	m.Sellers = nil
	for _, r := range rows {
		name := r.Name
		if m.p.Locale() == "zh-CN" && r.Native != "" {
			name = r.Native
		}
		m.Sellers = append(m.Sellers, sellerChoice{r, name, slices.Contains(chosen, r.ID)})
	}
	return c.nameFiles(ctx, m)
}

// nameLines finds the items by identifier or part number and gives each line its units.
func (c desk) nameLines(ctx context.Context, m *rfqForm) ([]id.Item, error) {
	var ids []id.Item
	for i := range m.Lines {
		l := &m.Lines[i]
		if l.Item == "" {
			continue
		}
		var item id.Item
		if item.UnmarshalText([]byte(l.Item)) != nil {
			known, err := c.bySKU(ctx, l.Item)
			if err != nil {
				return nil, err
			}
			item = known
			l.Item = item.String()
		}
		if !item.IsZero() {
			ids = append(ids, item)
		}
	}
	items, err := c.Catalog.Items(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range m.Lines {
		l := &m.Lines[i]
		l.Units = units
		at := slices.IndexFunc(items, func(it catalog.Item) bool { return it.ID.String() == l.Item })
		if at < 0 {
			l.Item = ""
			continue
		}
		it := items[at]
		l.SKU, l.Name, l.Units = it.SKU, m.p.Name(map[string]string(it.Names)), []string{string(it.Unit)}
		if it.KgPerUnitMicro > 0 {
			for _, u := range []string{"TNE", "KGM"} {
				if u != string(it.Unit) {
					l.Units = append(l.Units, u)
				}
			}
		}
		if l.Unit == "" {
			l.Unit = string(it.Unit)
		}
	}
	return ids, nil
}

func (c desk) bySKU(ctx context.Context, sku string) (id.Item, error) {
	r, err := c.Catalog.Search(ctx, catalog.Ask{Text: sku, Page: page.Request{Limit: 5}})
	if err != nil || len(r.Hits) == 0 {
		return id.Item{}, err
	}
	ids := make([]id.Item, len(r.Hits))
	for i, h := range r.Hits {
		ids[i] = h.Item
	}
	items, err := c.Catalog.Items(ctx, ids)
	for _, it := range items {
		if strings.EqualFold(it.SKU, sku) {
			return it.ID, err
		}
	}
	return id.Item{}, err
}

func (c desk) nameFiles(ctx context.Context, m *rfqForm) error {
	var kept []fileChoice
	for _, f := range m.Files {
		var b id.Blob
		if b.UnmarshalText([]byte(f.ID)) != nil || b.IsZero() {
			continue
		}
		body, o, err := c.Files.Open(ctx, b)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		_ = body.Close()
		if o.Org == m.self.Org { // somebody else's file is not there
			kept = append(kept, fileChoice{f.ID, o.Name, o.Size})
		}
	}
	m.Files = kept
	return nil
}

// takeFiles stores what was chosen, so that it survives the next look at the form.
func (c desk) takeFiles(ctx context.Context, v *web.Visit, m *rfqForm) error {
	for _, h := range v.Files("upload") {
		if h.Size == 0 {
			continue
		}
		f, err := h.Open()
		if err != nil {
			return err
		}
		o, err := c.Files.Put(ctx, blob.Upload{Name: h.Filename, Body: f, Org: m.self.Org})
		_ = f.Close()
		if err != nil {
			return err
		}
		m.Files = append(m.Files, fileChoice{o.ID.String(), o.Name, o.Size})
	}
	return nil
}
