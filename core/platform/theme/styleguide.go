package theme

import (
	"html/template"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Styleguide is what the page "styleguide" shows: every part once, with values that a
// screen might have.
func Styleguide(now time.Time) any {
	tonne := func(micro int64) money.Price { return money.Price{Micro: micro, Currency: "CNY", Per: quantity.Tonne} }
	line := []int64{3780, 3775, 3790, 3802, 3810, 3796, 3805, 3822, 3830, 3818, 3840, 3851, 3838, 3850}
	return map[string]any{
		"Now": now, "Line": line, "Total": money.Of(2_307_690, "CNY"), "Price": tonne(3_850_000_000), "Qty": quantity.Of(1250, quantity.Piece),
		"States":  []string{"draft", "pending", "published", "accepted", "funded", "shipped", "received", "declined", "cancelled"},
		"Options": []Choice{{Value: "EXW", Label: "EXW"}, {Value: "FCA", Label: "FCA"}, {Value: "DAP", Label: "DAP", Hint: "Seller delivers to your gate."}},
		"Units":   []string{"TNE", "KGM", "H87"},
		"Tabs":    []Tab{{Text: "Open", URL: "?s=open", Count: 12, Current: true}, {Text: "Awarded", URL: "?s=awarded", Count: 4}, {Text: "All", URL: "?"}},
		"Chips":   []Chip{{Text: "Q355B", URL: "?", On: true}, {Text: "h 200–400 mm", URL: "?", On: true}},
		"Facets":  guideFacets(), "Tasks": guideTasks(now), "Events": guideEvents(now), "Matrix": guideMatrix(), "Why": guideWhy(), "Nodes": guideTree(),
		"Slices": []Slice{{Label: "H-beams", Value: 420, Text: "42 %"}, {Label: "Pipes", Value: 310, Text: "31 %"}, {Label: "Rebar", Value: 180, Text: "18 %"}, {Label: "Plate", Value: 90, Text: "9 %"}},
		"Tiers":  []Tier{{Price: 3_980, Text: "¥3,980.00", FromTxt: "1 t"}, {Price: 3_920, Text: "¥3,920.00", FromTxt: "10 t", Current: true}, {Price: 3_850, Text: "¥3,850.00", FromTxt: "50 t"}},
		"Pairs":  []Pair{{Name: "Goods", Value: "¥21,000.00"}, {Name: "Freight", Value: "¥780.00"}, {Name: "VAT 13 %", Value: "¥2,831.40"}, {Name: "Total", Value: "¥24,611.40", Total: true}},
		"Diff":   []Change{{Name: "Price", Old: "¥3,980.00", New: "¥3,850.00"}, {Name: "Lead time", Old: "7 days", New: "5 days"}},
		"Debit":  []Posting{{Text: "PO-2026-0017", Amount: "¥24,611.40"}}, "Credit": []Posting{{Text: "Seller", Amount: "¥24,119.17"}, {Text: "Commission 2 %", Amount: "¥492.23"}},
		"Cols": []map[string]any{{"Text": "Designation"}, {"Text": "Mass", "Unit": "kg/m", "Num": true}, {"Text": "Price", "Num": true}},
		"Rows": [][]any{{"HW 200×200×8×12", "49.9", "¥3,850.00"}, {"HM 244×175×7×11", "44.1", "¥3,920.00"}},
		"Item": map[string]any{
			"Name": "HW 200×200×8×12", "URL": "#", "SKU": "HW200-Q355B", "Brand": "Hebei Rolling", "Picture": "draw:h-beam", "Attrs": map[string]string{"h": "200", "b": "200", "tw": "8", "tf": "12"},
			"Price": tonne(3_850_000_000), "Sellers": 4, "Stock": "in_stock", "Pack": "1 pc", "LeadDays": 3, "Schedule": "", "Lots": 2, "NextExpiry": now.AddDate(2, 0, 0),
			"Specs": []map[string]string{{"Name": "kg/m", "Value": "49.9"}, {"Name": "Grade", "Value": "Q355B"}},
		},
		"Sections": []string{"h-beam", "i-beam", "channel", "angle", "tee", "chs", "rhs", "shs", "round-bar", "square-bar", "rebar", "plate", "coil"},
		"Packs":    []string{"tablet", "capsule", "vial", "ampoule", "syringe", "bottle", "drum", "bag", "carton", "tube", "powder", "liquid", "molecule", "kilogram"},
		"Parts":    []string{"bearing", "bolt", "nut", "washer", "battery", "resistor", "capacitor", "chip", "connector", "cable", "tool", "wheel", "frame", "helmet", "glove", "lamp", "motor", "valve", "pump", "chain", "belt", "saddle", "clothing", "computer", "office", "safety", "chemical", "box"},
		"JSON":     map[string]any{"action": "ordering.order.place", "outcome": "deny", "reasons": []string{"licence_missing"}},
		"Colours":  []string{"surface", "raised", "sunken", "line", "line-strong", "text", "muted", "accent", "accent-soft", "good", "warn", "bad", "info", "header"},
		"Points":   guidePoints(now, line), "Series": []string{"HW 200"},
	}
}

func guidePoints(now time.Time, line []int64) []map[string]any {
	out := make([]map[string]any, len(line))
	for i, v := range line {
		out[i] = map[string]any{"At": now.AddDate(0, 0, i-len(line)), "Values": []map[string]any{{"Value": v, "Text": group(f1(float64(v)))}}}
	}
	return out
}

func guideFacets() []Facet {
	return []Facet{
		{Key: "grade", Name: "Grade", Terms: []FacetTerm{{Value: "Q235B", Label: "Q235B", Count: 312}, {Value: "Q355B", Label: "Q355B", Count: 208, On: true}, {Value: "S275JR", Label: "S275JR", Count: 41}}},
		{Key: "h", Name: "Height", Unit: "MMT", Range: true, Min: "100", Max: "900", From: "200", Bins: []int{4, 9, 22, 31, 18, 12, 9, 3, 1}},
	}
}

func guideTasks(now time.Time) []Task {
	return []Task{
		{Title: "Approve PO-2026-0031", Text: "€4,180.00 · above the limit of A. Meyer", URL: "#", Icon: "clipboard-check", Until: now.Add(5 * time.Hour), Late: true},
		{Title: "Compare quotes for 120 t HRB400E", Text: "3 sellers have answered", URL: "#", Icon: "scale", Count: 3, Until: now.Add(50 * time.Hour)},
		{Title: "Confirm receipt of PO-2026-0017", URL: "#", Icon: "package-check", Since: now.Add(-26 * time.Hour)},
	}
}

func guideEvents(now time.Time) []Event {
	return []Event{
		{At: now.Add(-52 * time.Hour), Title: "Order placed", By: "Li Wei", Tone: "info", Icon: "file-text"},
		{At: now.Add(-50 * time.Hour), Title: "Paid into escrow", Text: "¥24,611.40", Tone: "good", Icon: "lock"},
		{At: now.Add(-20 * time.Hour), Title: "Shipped", By: "Hebei Rolling", Tone: "info", Icon: "truck", HTML: template.HTML(`<p class="small">Truck 冀A·12345</p>`)},
		{Title: "Receipt", Icon: "package-check", PendingOrEmpty: true},
	}
}

func guideMatrix() Matrix {
	return Matrix{
		Corner:  "Line",
		Columns: []MatrixColumn{{Name: "Hebei Rolling", Note: "v2 · 4.8 ★", Picked: true}, {Name: "Tangshan Stock", Note: "v1"}, {Name: "Wuxi Pipe", Note: "v1"}},
		Rows: []MatrixRow{
			{Label: "HW 200×200", Note: "60 t", Cells: []MatrixCell{{Text: "¥3,850.00", Best: true, Why: "lowest landed cost"}, {Text: "¥3,910.00"}, {Missing: true}}},
			{Label: "CHS 114×4", Note: "12 t", Cells: []MatrixCell{{Text: "¥4,420.00"}, {Text: "¥4,405.00", Best: true, Why: "lowest price"}, {Text: "¥4,460.00", Note: "3 days"}}},
			{Label: "Landed cost", Total: true, Cells: []MatrixCell{{Text: "¥284,040.00", Best: true, Why: "all lines"}, {Text: "¥287,460.00"}, {Text: "¥53,520.00", Note: "1 of 2 lines"}}},
		},
	}
}

func guideWhy() []WhyStep {
	return []WhyStep{
		{Tone: "ok", Title: "Role buyer may place orders", Detail: "ordering.order.place"},
		{Tone: "no", Title: "No licence for schedule CII", Detail: "kontor.ordering.place", Fix: "Add a licence that covers CII, then place the order again."},
		{Tone: "wait", Title: "Second person", Detail: "Not asked, because the order was refused."},
	}
}

func guideTree() []Node {
	return []Node{{Text: "Sections", URL: "#", Count: 640, Open: true, Children: []Node{{Text: "H-beams", URL: "#", Count: 402, Current: true}, {Text: "Channels", URL: "#", Count: 88}}}, {Text: "Pipes", URL: "#", Count: 410}}
}
