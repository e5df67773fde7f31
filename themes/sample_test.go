package themes_test

import (
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/surface/storefront"
)

var noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// chrome is a signed-in buyer's view of one of the three markets.
func chrome(name, locale string) theme.Chrome {
	zh := locale == "zh-CN"
	pick := func(en, cn string) string {
		if zh {
			return cn
		}
		return en
	}
	c := theme.Chrome{
		Locale: locale, Path: "/", CSRF: "token", Idem: "key", RequestID: "req-1", Title: pick("Preview", "预览"), Description: "Preview",
		Site:      theme.Site{Slug: name, Theme: name, Host: name + ".localhost", Locale: "en", Locales: []string{"en", "zh-CN"}, Currency: "CNY", TimeZone: "Asia/Shanghai", Footer: []theme.Link{{Text: pick("Terms", "服务条款"), URL: "/terms"}, {Text: pick("Privacy", "隐私政策"), URL: "/privacy"}}},
		Caller:    theme.Caller{SignedIn: true, Name: "Anna Meyer", Email: "anna@example.com", Org: "Nordwerk GmbH", Roles: []string{"buyer", "approver", "seller", "operator"}},
		Nav:       theme.Nav{Active: "inbox", Cart: 3, Messages: 2, Tasks: 4, Counts: map[string]int{"approvals": 2, "rfqs": 5}},
		LangLinks: []theme.LangLink{{Locale: "en", Name: "English", URL: "?lang=en", Current: !zh}, {Locale: "zh-CN", Name: "中文", URL: "?lang=zh-CN", Current: zh}},
	}
	switch name {
	case "steel":
		c.Site.Name, c.Site.Tagline = "钢汇 Ganghui", map[string]string{"en": "The open market for sections, pipes and bars", "zh-CN": "型材、管材、棒材开放市场"}
		c.Nav.Categories = []theme.Link{{Text: pick("H-beams", "H型钢"), URL: "/c/h-beams"}, {Text: pick("I-beams", "工字钢"), URL: "/c/i"}, {Text: pick("Channels", "槽钢"), URL: "/c/ch"}, {Text: pick("Angles", "角钢"), URL: "/c/a"}, {Text: pick("Pipes", "钢管"), URL: "/c/p"}, {Text: pick("Hollow sections", "方矩管"), URL: "/c/hs"}, {Text: pick("Rebar", "螺纹钢"), URL: "/c/r"}}
		for _, r := range board(pick) {
			c.Nav.Ticker = append(c.Nav.Ticker, theme.Tick{Label: r.Name, Price: "¥" + r.Price.Decimal(), Delta: r.DeltaPct, Up: r.Up})
		}
	case "pharma":
		c.Site.Name, c.Site.Currency, c.Site.Tagline = "Apotheca Exchange", "USD", map[string]string{"en": "Licensed trade in pharmaceutical ingredients", "zh-CN": "持证原料药交易平台"}
		c.Nav.Categories = []theme.Link{{Text: "Powders", URL: "/c/powder"}, {Text: "Tablets", URL: "/c/tablet"}}
	case "procure":
		c.Site.Name, c.Site.Currency, c.Site.Private = "Nordwerk Procurement", "EUR", true
		c.Nav.Categories = []theme.Link{{Text: pick("Bearings", "轴承"), URL: "/c/b", Icon: "circle-dot", Count: 412}, {Text: pick("Fasteners", "紧固件"), URL: "/c/f", Icon: "settings", Count: 1630}, {Text: pick("Electronics", "电子元件"), URL: "/c/e", Icon: "zap", Count: 5210}, {Text: pick("Safety", "劳保"), URL: "/c/s", Icon: "shield", Count: 96}}
	default:
		c.Site.Name = "Kontor"
	}
	return c
}

func board(pick func(en, cn string) string) []storefront.BoardRow {
	row := func(key, en, cn, spec, draw string, price int64, pct string, up int, dims map[string]string) storefront.BoardRow {
		line := make([]int64, 30)
		for i := range line {
			line[i] = price + int64((i*i*7+i*13+int(price))%60) + int64(up*i*3)
		}
		return storefront.BoardRow{Key: key, Name: pick(en, cn), Spec: spec, URL: "/c/" + key, Price: money.Price{Micro: price * quantity.Scale, Currency: "CNY", Per: quantity.Tonne}, Delta: "18", DeltaPct: pct, Up: up, Line: line, Low: "3,612", High: "3,890", Draw: draw, Dims: dims}
	}
	return []storefront.BoardRow{
		row("h", "H-beam HW", "H型钢 HW", "HW 200×200 Q355B", "h-beam", 3850, "+0.47 %", 1, nil),
		row("i", "I-beam", "工字钢", "I 20a Q235B", "i-beam", 3920, "−0.25 %", -1, nil),
		row("c", "Channel", "槽钢", "[ 16a Q235B", "channel", 3790, "0.00 %", 0, nil),
		row("a", "Equal angle", "等边角钢", "∠ 50×5 Q235B", "angle", 3740, "+0.27 %", 1, nil),
		row("chs", "Seamless pipe", "无缝管", "Ø 108×4.5 20#", "chs", 4520, "−0.66 %", -1, nil),
		row("shs", "Square hollow", "方管", "100×100×4 Q235B", "shs", 4080, "+0.12 %", 1, nil),
		row("rebar", "Rebar", "螺纹钢", "Ø 20 HRB400E", "rebar", 3430, "+1.18 %", 1, nil),
		row("plate", "Plate", "中厚板", "14–20 mm Q235B", "plate", 3610, "−0.14 %", -1, nil),
	}
}

func home(name, locale string) storefront.Home {
	pick := func(en, cn string) string {
		if locale == "zh-CN" {
			return cn
		}
		return en
	}
	h := storefront.Home{Items: 12216, Offers: 19607, Sellers: 348, BoardDay: noon}
	switch name {
	case "steel", "base", "platform":
		h.Board = board(pick)
		for _, r := range h.Board {
			h.Categories = append(h.Categories, storefront.CategoryTile{Name: r.Name, URL: r.URL, Count: 128, Draw: r.Draw, Dims: map[string]string{"h": "200", "b": "100"}})
		}
		q := func(n int64) quantity.Quantity { return quantity.Of(n, quantity.Tonne) }
		h.UrgentRFQs = []storefront.RFQRow{
			{Title: pick("HRB400E rebar, Ø 16–25", "HRB400E 螺纹钢 Ø16–25"), URL: "#", City: pick("Hangzhou", "杭州"), Quantity: q(420), Quotes: 3, ClosesAt: noon.Add(4 * time.Hour), Urgent: true},
			{Title: pick("HW 300×300, 12 m", "HW 300×300，12 米"), URL: "#", City: pick("Wuxi", "无锡"), Quantity: q(86), Quotes: 1, ClosesAt: noon.Add(20 * time.Hour), Urgent: true},
			{Title: pick("Seamless pipe Ø 219×8", "无缝管 Ø219×8"), URL: "#", City: pick("Tianjin", "天津"), Quantity: q(35), ClosesAt: noon.Add(70 * time.Hour)},
			{Title: pick("Galvanised angle 63×6", "镀锌角钢 63×6"), URL: "#", City: pick("Jinan", "济南"), Quantity: q(18), Quotes: 5, ClosesAt: noon.Add(90 * time.Hour)},
		}
		for _, s := range [][3]string{{"Hebei Jinxi Rolling", "河北津西轧钢", "Tangshan 唐山"}, {"Magang Section Steel", "马钢型钢销售", "Ma'anshan 马鞍山"}, {"Wuxi Pipe Exchange", "无锡钢管现货", "Wuxi 无锡"}, {"Shagang Stock", "沙钢现货", "Zhangjiagang 张家港"}, {"Baotou Heavy Rail", "包钢轨梁", "Baotou 包头"}, {"Guangzhou South Steel", "广州南方钢铁", "Guangzhou 广州"}} {
			h.Companies = append(h.Companies, storefront.SellerTile{Name: pick(s[0], s[1]), URL: "#", City: s[2], Offers: 214, Verified: true})
		}
		h.Featured = []storefront.Card{steelCard("HW 200×200×8×12", "h-beam", map[string]string{"h": "200", "b": "200", "tw": "8", "tf": "12"}), steelCard("HN 400×200×8×13", "h-beam", map[string]string{"h": "400", "b": "200", "tw": "8", "tf": "13"}), steelCard("∠ 100×63×8", "angle", map[string]string{"h": "100", "b": "63", "t": "8"}), steelCard("CHS 114×4", "chs", map[string]string{"d": "114", "t": "4"})}
	case "pharma":
		for _, c := range [][2]string{{"Powder", "powder"}, {"Tablet", "tablet"}, {"Capsule", "capsule"}, {"Injection, solution", "vial"}, {"Liquid", "liquid"}, {"Crystal", "molecule"}, {"Granule", "bag"}, {"Kit", "carton"}, {"Syringe", "syringe"}, {"Ointment", "tube"}, {"Pellet", "drum"}, {"Solution", "bottle"}} {
			h.Categories = append(h.Categories, storefront.CategoryTile{Name: c[0], URL: "#", Count: 1203, Draw: c[1]})
		}
		h.Popular = []theme.Link{{Text: "acetaminophen", URL: "#"}, {Text: "metformin hydrochloride", URL: "#"}, {Text: "codeine phosphate", URL: "#"}, {Text: "0406-0512", URL: "#"}}
		h.Licence = &storefront.LicenceStatus{SignedIn: true, State: "valid", Kind: "DEA", Number: "RM0123456", Scope: []string{"CII", "CIII"}, ValidTo: noon.AddDate(1, 0, 0), URL: "#"}
		h.Notices = []storefront.Notice{{Title: "Recall of lot 24B117, ranitidine", Text: "Nitrosamine above the limit. Holders of the lot have been told.", At: noon, Tone: "warn", URL: "#"}, {Title: "New schedule for gabapentin in two states", Text: "Orders to Kentucky and Michigan need a licence from 1 December.", At: noon.AddDate(0, 0, -9), Tone: "info"}}
		h.Featured = []storefront.Card{pharmaCard("Codeine phosphate", "powder", "CII"), pharmaCard("Acetaminophen granulation 90 %", "drum", ""), pharmaCard("Ketamine hydrochloride injection", "vial", "CIII")}
	case "procure":
		d := &storefront.Desk{Tasks: []theme.Task{{Title: "Approve PO-2026-0031", Text: "€4,180.00 · above the limit of B. Kahn", URL: "#", Icon: "clipboard-check", Until: noon.Add(5 * time.Hour), Late: true}, {Title: "Confirm receipt of PO-2026-0017", Text: "SKF Nord · 2 parcels", URL: "#", Icon: "package-check", Since: noon.Add(-26 * time.Hour)}, {Title: "Quote for 40 gear motors has come", URL: "#", Icon: "scale", Since: noon.Add(-3 * time.Hour)}}}
		for i, s := range []string{"accepted", "awaiting_approval", "completed", "placed"} {
			d.Orders = append(d.Orders, storefront.DeskOrder{Number: "PO-2026-003" + string(rune('1'+i)), URL: "#", Seller: "Litware, Inc.", State: s, Total: money.Of(int64(418000+i*3100), "EUR"), At: noon.Add(-time.Duration(i*30) * time.Hour)})
		}
		eur := func(n int64) money.Money { return money.Of(n*100, "EUR") }
		d.Budgets = []storefront.Budget{{Code: "4711", Name: "Maintenance", Total: eur(120000), Spent: eur(71400), Left: eur(48600), SpentMinor: 71400, BoundMinor: 88000, AllSums: 120000}, {Code: "4720", Name: "Electronics lab", Total: eur(40000), Spent: eur(37200), Left: eur(2800), SpentMinor: 37200, AllSums: 40000, Tone: "warn"}}
		d.Catalogs = []storefront.CatalogTile{{Name: "Bearings framework 2026", URL: "#", Items: 412, Draw: "bearing"}, {Name: "Digi-Key", URL: "#", PunchOut: true, Draw: "chip"}, {Name: "Workwear", URL: "#", Items: 96, Draw: "helmet"}}
		d.Frequent = []storefront.Card{mroCard("Deep groove ball bearing 6204-2RS", "6204-2RS", "bearing"), mroCard("Hex bolt M8×40 8.8", "ISO4017-M8X40", "bolt"), mroCard("Alkaline battery AA", "LR6", "battery"), mroCard("Resistor 10 kΩ 1 % 0603", "RC0603FR-0710KL", "resistor")}
		h.Desk = d
		for _, c := range [][2]string{{"Bearings", "bearing"}, {"Fasteners", "bolt"}, {"Electronics", "chip"}, {"Safety", "helmet"}, {"Tools", "tool"}, {"Office", "office"}} {
			h.Categories = append(h.Categories, storefront.CategoryTile{Name: c[0], URL: "#", Count: 412, Draw: c[1]})
		}
	}
	return h
}

func steelCard(name, draw string, attrs map[string]string) storefront.Card {
	return storefront.Card{
		Name: name, SKU: "HW200", URL: "#", Picture: "draw:" + draw, Attrs: attrs, Brand: "津西", Specs: []storefront.Spec{{Name: "kg/m", Value: "49.9"}, {Name: "Grade", Value: "Q355B"}, {Name: "L", Value: "12 m"}},
		Price: &money.Price{Micro: 3850 * quantity.Scale, Currency: "CNY", Per: quantity.Tonne}, SecondPrice: &money.Price{Micro: 2305_380000, Currency: "CNY", Per: quantity.Piece}, Sellers: 4, Stock: "in_stock",
	}
}

func pharmaCard(name, draw, schedule string) storefront.Card {
	return storefront.Card{
		Name: name, SKU: "0406-0512-01", URL: "#", Picture: "draw:" + draw, Brand: "Mallinckrodt", Pack: "25 kg in 1 drum", Schedule: schedule, Lots: 3, NextExpiry: noon.AddDate(1, 4, 0), Specs: []storefront.Spec{{Name: "Form", Value: "powder"}},
		Price: &money.Price{Micro: 412_500000, Currency: "USD", Per: quantity.Kilogram}, PriceNote: "from 5 kg", Stock: "low",
	}
}

func mroCard(name, sku, draw string) storefront.Card {
	return storefront.Card{Name: name, SKU: sku, URL: "#", Picture: "draw:" + draw, Brand: "SKF", Pack: "box of 10", LeadDays: 2, Contract: true, Price: &money.Price{Micro: 4_180000, Currency: "EUR", Per: quantity.Piece}}
}
