package parties

import (
	"slices"

	"github.com/kontorhq/kontor/core/identifier"
)

// Profile is what a country's companies are asked for when they register. It is data: a
// country more is a line more.
type Profile struct {
	Country        string
	Kinds          []string // of the number that identifies it, the usual one first
	Also           string   // the kind of a second number, where a register keeps one
	Forms          []string // legal forms, the common ones
	Representative bool     // the legal representative is named on the licence
	Region         bool     // the state of incorporation
}

var profiles = map[string]Profile{
	"CN": {Kinds: []string{identifier.KindUSCC}, Representative: true, Forms: []string{"有限责任公司", "股份有限公司", "个人独资企业", "合伙企业", "外商投资企业"}},
	"US": {Kinds: []string{identifier.KindEIN, identifier.KindDUNS, identifier.KindLEI}, Region: true, Forms: []string{"Corporation", "LLC", "LP", "Sole proprietorship"}},
	"GB": {Kinds: []string{"gb.company", identifier.KindDUNS, identifier.KindLEI}, Also: identifier.KindVAT, Forms: []string{"Ltd", "PLC", "LLP"}},
	"CH": {Kinds: []string{"ch.uid", identifier.KindDUNS, identifier.KindLEI}, Forms: []string{"AG", "GmbH", "SA", "Sàrl"}},
	"NO": {Kinds: []string{"no.orgnr", identifier.KindLEI}, Forms: []string{"AS", "ASA"}},
	"JP": {Kinds: []string{"jp.cn", identifier.KindDUNS, identifier.KindLEI}, Forms: []string{"株式会社", "合同会社"}},
	"KR": {Kinds: []string{"kr.brn", identifier.KindDUNS, identifier.KindLEI}, Forms: []string{"주식회사", "유한회사"}},
	"SG": {Kinds: []string{"sg.uen", identifier.KindDUNS, identifier.KindLEI}, Forms: []string{"Pte. Ltd.", "Ltd.", "LLP"}},
	"VN": {Kinds: []string{"vn.mst", identifier.KindDUNS, identifier.KindLEI}, Forms: []string{"TNHH", "CP"}},
	"DE": {Also: "de.handelsregisternummer", Forms: []string{"GmbH", "AG", "GmbH & Co. KG", "KG", "SE", "e.K."}},
	"FR": {Also: "fr.siren", Forms: []string{"SAS", "SARL", "SA", "SNC"}},
	"CZ": {Also: "cz.ico", Forms: []string{"s.r.o.", "a.s."}},
	"PL": {Also: "pl.regon", Forms: []string{"Sp. z o.o.", "S.A."}},
	"RO": {Also: "ro.onrc", Forms: []string{"S.R.L.", "S.A."}},
	"AT": {Forms: []string{"GmbH", "AG", "KG"}}, "IT": {Forms: []string{"S.r.l.", "S.p.A."}}, "ES": {Forms: []string{"S.L.", "S.A."}},
	"NL": {Forms: []string{"B.V.", "N.V."}}, "BE": {Forms: []string{"BV/SRL", "NV/SA"}},
}

// union are the member states, whose companies are known by their VAT numbers and may be by
// their national registers'.
var union = []string{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}

// ProfileOf is what is asked in a country. A company of a country without a line of its own
// is known by an LEI or a D-U-N-S number, or by its register's as it writes it.
func ProfileOf(country string) Profile {
	p := profiles[country]
	p.Country = country
	if slices.Contains(union, country) {
		p.Kinds = []string{identifier.KindVAT, identifier.KindDUNS, identifier.KindLEI}
	}
	if len(p.Kinds) == 0 {
		p.Kinds = []string{identifier.KindLEI, identifier.KindDUNS, identifier.KindOther}
	}
	return p
}

// ProfileCountries are those that have lines of their own or are of the Union.
func ProfileCountries() []string {
	out := slices.Clone(union)
	for c := range profiles {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	return out
}
