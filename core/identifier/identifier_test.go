package identifier_test

import (
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/identifier"
)

// What the list of vectors does not have, or has no wrong one of.
func TestNumbersBesideTheList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scheme, in, out string
		why             identifier.Reason
	}{
		{"us.ein", "91-1144442", "91-1144442", ""},
		{"us.ein", "911144442", "91-1144442", ""},
		{"us.ein", "07-1144442", "", identifier.Component},
		{"us.ein", "91-114444", "", identifier.Length},
		{"us.ein", "91-114444A", "", identifier.Format},
		{"duns", "15-048-3782", "150483782", ""},
		{"duns", "15-048-378", "", identifier.Length},
		{"duns", "15-048-378X", "", identifier.Format},
		{"gb.company", "445790", "00445790", ""},
		{"gb.company", "SC 311560", "SC311560", ""},
		{"gb.company", "XX311560", "", identifier.Format},
		{"gb.company", "1234567890", "", identifier.Length},
		{"gb.company", "00000000", "", identifier.Format},
		{"no.orgnr", "980 430 596", "980430596", ""},
		{"no.orgnr", "980 430 597", "", identifier.Checksum},
		{"lei", "5493 000I BP32 UQZ0 KL24", "5493000IBP32UQZ0KL24", ""},
		{"lei", "5493000IBP32UQZ0KL25", "", identifier.Checksum},
		{"bic", "DEUTDEFF", "DEUTDEFF", ""},
		{"bic", "DEUTQQFF", "", identifier.Component},
		{"bic", "DEUTDEF", "", identifier.Length},
		{"br.cnpj", "12.ABC.345/01DE-35", "12ABC34501DE35", ""},
		{"br.cnpj", "12.ABC.345/01DE-36", "", identifier.Checksum},
		{"kr.brn", "000-86-08983", "", identifier.Component},
		{"fr.siren", "303265046", "", identifier.Checksum},
		{"fr.siret", "35600000049838", "", identifier.Checksum},
		{"ch.uid", "CHE-107.787.578", "", identifier.Checksum},
		{"eu.vat", "QQ123456789", "", identifier.Component},
		{"eu.vat", "DE136695977", "", identifier.Checksum},
		{"gs1_128", "(01)58425876097844", "", identifier.Checksum},
		{"gs1_128", "(99)1", "", identifier.Component},
		{"gs1_128", "10AB\x1d3718", "10AB                  3718", ""},
		{"casrn", "329-65-8", "", identifier.Checksum},
		{"iban", "DE89 3704 0044 0532 0130 01", "", identifier.Checksum},
		{"iban", "DE8937040044053201300A", "", identifier.Format},
		{"imei", "354178036859788", "", identifier.Checksum},
		{"none.such", "1", "", identifier.Format},
		{"", "", "", identifier.Format},
		{"cn.uscc", strings.Repeat("9", 101), "", identifier.Length},
		{"cn.uscc", "9111000060003734\xff\xfe", "", identifier.Format},
		{"cn.uscc", "9111000060003734１L", "", identifier.Length},
	} {
		got, err := identifier.Check(c.scheme, c.in)
		if got != c.out || identifier.ReasonOf(err) != c.why {
			t.Errorf("%s %q: %q %v, want %q %s", c.scheme, c.in, got, err, c.out, c.why)
		}
	}
}

func TestVATNumbersOfACountryWithAndWithoutTheirPrefix(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"GR", "094259216", "EL094259216"},
		{"GR", "EL 94259216", "EL094259216"},
		{"GB", "XI 980 7806 84", "XI980780684"},
		{"DE", "136695976", "DE136695976"},
		{"BE", "403.019.261", "BE0403019261"},
		{"IE", "EU372022452", "EU372022452"},
		{"FR", "DE136695976", ""},
		{"CH", "CHE107787577", ""},
		{"", "", ""},
		{"DE", strings.Repeat("1", 200), ""},
	} {
		if got, err := identifier.VAT(c[0], c[1]); got != c[2] || (err == nil) != (c[2] != "") {
			t.Errorf("%v: %q %v", c, got, err)
		}
	}
}

// A check digit exists to catch one wrong digit, so each digit of each number in use is
// made wrong. The schemes below have none, or one that lets a neighbour through.
func TestOneWrongDigitIsCaught(t *testing.T) {
	t.Parallel()
	missed, tried := map[string]int{}, map[string]int{}
	for _, v := range vectors(t) {
		good, err := identifier.Check(v.scheme, v.input)
		if err != nil {
			continue
		}
		for i := range len(good) {
			if good[i] < '0' || good[i] > '9' {
				continue
			}
			wrong := []byte(good)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			tried[v.scheme]++
			if _, err := identifier.Check(v.scheme, string(wrong)); err == nil {
				missed[v.scheme]++
			}
		}
	}
	for _, scheme := range []string{
		"cn.uscc", "lei", "iban", "ch.uid", "no.mva", "au.abn", "au.acn", "br.cnpj", "fr.siren", "iso6346", "casrn", "luhn", "md.idno", "ua.edrpou",
		"jp.cn", "rs.pib", "il.hp", "pl.regon", "ar.cuit", "pe.ruc", "tr.vkn", "vn.mst", "eu.ecnumber", "cz.ico", "ma.ice", "de.leitweg",
	} {
		if tried[scheme] == 0 || missed[scheme]*10 > tried[scheme] {
			t.Errorf("%s: %d of %d wrong digits pass", scheme, missed[scheme], tried[scheme])
		}
	}
	if n := missed["eu.vat"]; n*20 > tried["eu.vat"] {
		t.Errorf("eu.vat: %d of %d wrong digits pass", n, tried["eu.vat"])
	}
}

func TestSchemesAreNamedOnceAndSaidToBeOfACountry(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range identifier.Schemes() {
		if seen[s.ID] || s.Name == "" || s.Country != "" && s.Country != "EU" && !identifier.Country(s.Country) {
			t.Errorf("%+v", s)
		}
		seen[s.ID] = true
		if one, ok := identifier.Lookup(s.ID); !ok || one.ID != s.ID {
			t.Errorf("%s is not found", s.ID)
		}
	}
	if len(seen) < 70 || identifier.Country("QQ") || identifier.Country("A") || identifier.Country(" A") {
		t.Errorf("%d schemes", len(seen))
	}
}

func FuzzNothingPanics(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.input)
	}
	f.Add("\x00\xff")
	f.Add("()")
	f.Fuzz(func(t *testing.T, in string) {
		for _, s := range identifier.Schemes() {
			out, err := s.Check(in)
			if err != nil {
				if out != "" || identifier.ReasonOf(err) == "" {
					t.Errorf("%s %q: refused as %q, %v", s.ID, in, out, err)
				}
				continue
			}
			if again, err := s.Check(out); err != nil || again != out {
				t.Errorf("%s %q: %q becomes %q, %v", s.ID, in, out, again, err)
			}
		}
		for _, c := range []string{"DE", "GR", "GB", "NL", "", in} {
			_, _ = identifier.VAT(c, in)
		}
	})
}
