package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/cmd/simulator/internal/bank"
	"github.com/kontorhq/kontor/cmd/simulator/internal/carrier"
)

type view struct {
	Lang, Other  string
	T            map[string]string
	Only         string
	Note         string
	Escrows      []escrow
	Movements    []bank.Movement
	Consignments []carrier.Consignment
}

type escrow struct {
	bank.Movement
	Due  int64
	Open bool
}

func (d *Desk) show(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	v := view{Lang: lang, Other: "zh-CN", T: words[lang], Only: strings.TrimSpace(r.URL.Query().Get("reference")), Consignments: d.Carrier.List()}
	if lang == "zh-CN" {
		v.Other = "en"
	}
	if code := r.URL.Query().Get("note"); code != "" {
		if v.Note = words[lang]["note."+code]; v.Note == "" {
			v.Note = words[lang]["note.refused"]
		}
	}
	for _, m := range d.Bank.Movements() {
		switch {
		case m.Kind != "escrow":
			v.Movements = append(v.Movements, m)
		case v.Only == "" || v.Only == m.Instructions["reference"] || v.Only == m.Reference:
			v.Escrows = append(v.Escrows, escrow{m, max(m.Amount-m.Captured, 0), m.State == "awaiting_transfer" || m.State == "held"})
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	d.tmpl.Execute(w, v) //nolint:errcheck // the reader may have gone
}

func (d *Desk) pay(w http.ResponseWriter, r *http.Request) {
	in := order{Reference: r.PostFormValue("reference"), Mode: r.PostFormValue("mode"), Sender: "desk"}
	note := "paid"
	if _, err := d.send(in); err != nil {
		note = "refused"
	}
	back(w, r, note)
}

func (d *Desk) advance(w http.ResponseWriter, r *http.Request) {
	note := "moved"
	if _, err := d.Carrier.Advance(r.PostFormValue("number")); err != nil {
		note = "refused"
	}
	back(w, r, note)
}

func back(w http.ResponseWriter, r *http.Request, note string) {
	q := url.Values{"note": {note}, "lang": {language(r)}}
	if only := r.PostFormValue("only"); only != "" {
		q.Set("reference", only)
	}
	http.Redirect(w, r, "/?"+q.Encode(), http.StatusSeeOther)
}

// money writes minor units; the simulated bank knows the currencies without two decimals.
func money(minor int64, currency string) string {
	places := 2
	switch currency {
	case "JPY", "KRW", "VND":
		places = 0
	case "KWD", "BHD":
		places = 3
	}
	s := strconv.FormatInt(minor, 10)
	if places == 0 {
		return s + " " + currency
	}
	for len(s) <= places {
		s = "0" + s
	}
	return s[:len(s)-places] + "." + s[len(s)-places:] + " " + currency
}

var words = map[string]map[string]string{
	"en": {
		"title": "Outside parties, simulated", "about": "A bank and a carrier that exist only on this machine. Nothing here is real money.",
		"escrows": "Transfers the bank is waiting for", "reference": "Reference", "account": "Account", "order": "For", "client": "Marketplace", "payer": "Payer",
		"amount": "Amount", "received": "Received", "state": "State", "pay": "Pay", "exact": "Pay what is due", "short": "Pay a tenth short", "over": "Pay a tenth over",
		"movements": "Releases, refunds and payouts", "kind": "Kind", "to": "To", "consignments": "Consignments", "tracking": "Tracking number", "route": "Route",
		"advance": "Move on", "none": "Nothing yet.", "other": "中文", "all": "Show all",
		"note.paid": "The transfer was made.", "note.moved": "The consignment has moved on.", "note.refused": "The bank or the carrier refused.",
		"awaiting_transfer": "awaiting transfer", "held": "held", "released": "released", "refunded": "refunded", "pending": "pending", "paid": "paid", "failed": "returned",
		"confirmed": "confirmed", "picked_up": "picked up", "in_transit": "in transit", "delivered": "delivered", "release": "release", "refund": "refund", "payout": "payout",
	},
	"zh-CN": {
		"title": "外部机构模拟器", "about": "仅存在于本机的银行与承运商，不涉及真实资金。",
		"escrows": "银行等待入账的转账", "reference": "附言", "account": "账户", "order": "用途", "client": "商城", "payer": "付款方",
		"amount": "金额", "received": "已到账", "state": "状态", "pay": "付款", "exact": "足额付款", "short": "少付一成", "over": "多付一成",
		"movements": "放款、退款与提现", "kind": "类型", "to": "收款方", "consignments": "托运单", "tracking": "运单号", "route": "线路",
		"advance": "推进一步", "none": "暂无。", "other": "English", "all": "查看全部",
		"note.paid": "转账已完成。", "note.moved": "托运单已推进。", "note.refused": "银行或承运商拒绝了该操作。",
		"awaiting_transfer": "等待入账", "held": "已存管", "released": "已放款", "refunded": "已退款", "pending": "处理中", "paid": "已到账", "failed": "已退回",
		"confirmed": "已确认", "picked_up": "已揽收", "in_transit": "运输中", "delivered": "已送达", "release": "放款", "refund": "退款", "payout": "提现",
	},
}
