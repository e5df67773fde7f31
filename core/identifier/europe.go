package identifier

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// europe are the registers of European countries, VAT numbers of the Union apart.
var europe = []Scheme{
	{"ch.uid", "CH", "Unternehmens-Identifikationsnummer (UID)", swissUID},
	{"ch.vat", "CH", "Swiss VAT number", swissVAT},
	{"cz.ico", "CZ", "Identifikační číslo osoby (IČO)", number(8, func(s string) bool { return czechCompany(s) })},
	{"de.handelsregisternummer", "DE", "Handelsregisternummer", handelsregister},
	{"de.leitweg", "DE", "Leitweg-ID of a public buyer", leitweg},
	{"fr.siren", "FR", "Numéro SIREN", number(9, luhn)},
	{"fr.siret", "FR", "Numéro SIRET", number(14, siret)},
	{"gb.vat", "GB", "VAT number of the United Kingdom", britishVAT},
	{"gb.company", "GB", "Company number (Companies House)", companiesHouse},
	{"md.idno", "MD", "Număr de identificare (IDNO)", number(13, func(s string) bool { return weighted(s, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)%10 == last(s) })},
	{"no.mva", "NO", "Norwegian VAT number (MVA)", norwegianVAT},
	{"no.orgnr", "NO", "Organisasjonsnummer", number(9, norwegian)},
	{"pl.regon", "PL", "REGON", regon},
	{"ro.onrc", "RO", "Number in the Romanian trade register", onrc},
	{"rs.pib", "RS", "Poreski identifikacioni broj (PIB)", number(9, mod1110)},
	{"ru.inn", "RU", "ИНН", russianINN},
	{"tr.vkn", "TR", "Vergi Kimlik Numarası", number(10, turkish)},
	{"ua.edrpou", "UA", "ЄДРПОУ", number(8, edrpou)},
}

var norwegian = eleven(3, 2, 7, 6, 5, 4, 3, 2)

func swissUID(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 12:
		return "", Length
	case s[:3] != "CHE":
		return "", Component
	case !digits(s[3:]):
		return "", Format
	case !eleven(5, 4, 3, 2, 7, 6, 5, 4)(s[3:]):
		return "", Checksum
	}
	return s, ""
}

// swissVAT is the UID with the tax's name in one of the four languages.
func swissVAT(in string) (string, Reason) {
	s := compact(in)
	for _, tax := range []string{"MWST", "TVA", "IVA", "TPV"} {
		if body, ok := strings.CutSuffix(s, tax); ok {
			out, why := swissUID(body)
			return out + tax, why
		}
	}
	if len(s) < 15 || len(s) > 16 {
		return "", Length
	}
	return "", Component
}

func czechCompany(s string) bool {
	c := (11 - weighted(s, 8, 7, 6, 5, 4, 3, 2)%11) % 11
	if c == 0 {
		c = 1
	}
	return c%10 == last(s)
}

// siret is a company and its establishment. La Poste has more of them than the check
// digit leaves room for: theirs add up to a multiple of five.
func siret(s string) bool {
	const laPoste = "356000000"
	if s[:9] == laPoste && s != laPoste+"00048" {
		return weighted(s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%5 == 0
	}
	return luhn(s[:9]) && luhn(s)
}

func britishVAT(in string) (string, Reason) {
	s := strings.TrimPrefix(compact(in), "GB")
	switch n := len(s); {
	case n != 5 && n != 9 && n != 11 && n != 12:
		return "", Length
	case (n == 5 || n == 11) && s[:2] != "GD" && s[:2] != "HA":
		return "", Component
	case (n == 5 || n == 11) && !digits(s[2:]), (n == 9 || n == 12) && !digits(s):
		return "", Format
	case (n == 5 || n == 11) && !vatRules["XI"].form.MatchString(s):
		return "", Component
	case !vatGB(s):
		return "", Checksum
	}
	return s, ""
}

var companiesHouseForm = regexp.MustCompile(`^(?:\d{8}|(?:AC|CE|CS|FC|FE|GE|GS|IC|IP|LP|NA|NC|NF|NI|NL|NO|NP|NR|NV|NZ|OC|OE|PC|RC|RS|SA|SC|SE|SF|SG|SI|SL|SO|SP|SR|SZ|ZC)\d{6}|R0\d{6})$`)

// companiesHouse has no check digit; zeros in front are often left out.
func companiesHouse(in string) (string, Reason) {
	s := compact(in)
	if digits(s) && len(s) < 8 && len(s) > 4 {
		s = strings.Repeat("0", 8-len(s)) + s
	}
	switch {
	case len(s) != 8:
		return "", Length
	case !companiesHouseForm.MatchString(s), s == "00000000":
		return "", Format
	}
	return s, ""
}

func norwegianVAT(in string) (string, Reason) {
	s := strings.TrimPrefix(compact(in), "NO")
	body, ok := strings.CutSuffix(s, "MVA")
	switch {
	case len(s) != 12:
		return "", Length
	case !ok:
		return "", Component
	case !digits(body):
		return "", Format
	case !norwegian(body):
		return "", Checksum
	}
	return s, ""
}

func regon(in string) (string, Reason) {
	s := compact(in)
	sum := weighted(s, 8, 9, 2, 3, 4, 5, 6, 7)
	switch {
	case len(s) != 9 && len(s) != 14:
		return "", Length
	case !digits(s):
		return "", Format
	case sum%11%10 != int(s[8]-'0'):
		return "", Checksum
	case len(s) == 14 && weighted(s, 2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)%11%10 != last(s):
		return "", Checksum
	}
	return s, ""
}

// russianINN has ten digits for a company, twelve for a person.
func russianINN(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 10 && len(s) != 12:
		return "", Length
	case !digits(s):
		return "", Format
	case len(s) == 10 && weighted(s, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 != last(s):
		return "", Checksum
	case len(s) == 12 && (weighted(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 != int(s[10]-'0') || weighted(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 != last(s)):
		return "", Checksum
	}
	return s, ""
}

func turkish(s string) bool {
	sum := 0
	for i := range 9 {
		d := (int(s[i]-'0') + 9 - i) % 10
		if d != 0 {
			if d = d * (1 << (9 - i)) % 9; d == 0 {
				d = 9
			}
		}
		sum += d
	}
	return (10-sum%10)%10 == last(s)
}

// edrpou turns its weights for the numbers of the middle, and adds two to each where ten
// comes out.
func edrpou(s string) bool {
	w := []int{1, 2, 3, 4, 5, 6, 7}
	if s >= "30000000" && s < "60000000" {
		w = []int{7, 1, 2, 3, 4, 5, 6}
	}
	c := weighted(s, w...) % 11
	if c == 10 {
		for i := range w {
			w[i] += 2
		}
		c = weighted(s, w...) % 11 % 10
	}
	return c == last(s)
}

var (
	onrcForm = regexp.MustCompile(`^([JFC])/?(\d{1,3})/(\d+)/(?:\d{1,2}\.\d{1,2}\.)?(\d{4})$`)
	onrcNew  = regexp.MustCompile(`^[JFC]\d{13}$`)
	onrcGaps = strings.NewReplacer(" / ", "/", " /", "/", "/ ", "/", "-", "/", " ", "/", "\\", "/")
)

// onrc was kind, county, number and year until 2024; since then it is kind, year, number,
// county and a check digit.
func onrc(in string) (string, Reason) {
	s := strings.ToUpper(strings.TrimSpace(in))
	if plain := strings.ReplaceAll(s, " ", ""); onrcNew.MatchString(plain) {
		return onrcSince2024(plain)
	}
	if !strings.ContainsAny(s, "/- \\") {
		return "", Length
	}
	m := onrcForm.FindStringSubmatch(onrcKind(onrcGaps.Replace(s)))
	switch {
	case m == nil:
		return "", Format
	case len(m[3]) > 5:
		return "", Length
	case len(m[2]) > 2 || !county(atoi(m[2])) || !registeredIn(atoi(m[4])):
		return "", Component
	}
	return m[1] + pad(atoi(m[2]), 2) + "/" + m[3] + "/" + m[4], ""
}

// onrcKind takes out what stood between the kind and the county.
func onrcKind(s string) string {
	if len(s) > 2 && s[1] == '/' {
		return s[:1] + s[2:]
	}
	return s
}

func onrcSince2024(s string) (string, Reason) {
	year, place := atoi(s[1:5]), atoi(s[11:13])
	sum := int(s[0]) % 10
	for i := 1; i < 13; i++ {
		sum += int(s[i] - '0')
	}
	switch {
	case !registeredIn(year), !county(place) && (place != 0 || year < 2024):
		return "", Component // since 2024 the number names no county
	case sum%10 != last(s):
		return "", Checksum
	}
	return s, ""
}

func county(n int) bool { return n >= 1 && n <= 40 || n == 51 || n == 52 }

// registeredIn: Romania's register began in 1990, and nobody is entered ahead of time.
func registeredIn(year int) bool { return year >= 1990 && year <= thisYear() }

func thisYear() int { return time.Now().UTC().Year() }

var leitwegForm = regexp.MustCompile(`^(\d{2,12})(?:-([0-9A-Z]{1,30}))?-(\d{2})$`)

// leitweg is a coarse address that begins with the state, a fine one, and a check.
func leitweg(in string) (string, Reason) {
	s := strings.ToUpper(strings.TrimSpace(in))
	m := leitwegForm.FindStringSubmatch(s)
	switch {
	case len(s) < 5 || len(s) > 46:
		return "", Length
	case m == nil:
		return "", Format
	case (m[1] < "01" || m[1][:2] > "16") && m[1][:2] != "99":
		return "", Component
	case mod97(m[1]+m[2]+m[3]) != 1:
		return "", Checksum
	}
	return s, ""
}

var handelsregisterForm = regexp.MustCompile(`^(.+?)[\s,]+(HRA|HRB|PR|GNR|VR|GSR)\s*(?:NR\.?\s*)?(\d{1,6})\s*([A-Z]{0,3})$`)

// handelsregister is the court that keeps the register, the register and the number, with
// letters where courts were joined.
func handelsregister(in string) (string, Reason) {
	m := handelsregisterForm.FindStringSubmatch(upper(strings.TrimSpace(in)))
	if m == nil {
		return "", Format
	}
	at := slices.IndexFunc(courts, func(c string) bool { return isCourt(c, m[1]) })
	if at < 0 {
		return "", Component
	}
	kind := map[string]string{"GNR": "GnR", "GSR": "GsR"}[m[2]]
	if kind == "" {
		kind = m[2]
	}
	return strings.TrimSpace(courts[at] + " " + kind + " " + m[3] + " " + m[4]), ""
}
