package archive

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Mask takes out of rows who somebody is: names, addresses, numbers to reach or to pay
// somebody, and what people wrote. One value always becomes the same other one, so that
// what belonged together still does, but nobody can turn it back: the salt is thrown away.
type Mask struct{ salt []byte }

// NewMask makes one with a salt of its own.
func NewMask() *Mask {
	m := &Mask{make([]byte, 32)}
	rand.Read(m.salt) //nolint:errcheck // crypto/rand does not fail
	return m
}

// masked stands for every file of an anonymised clone: papers name people.
const masked = "This file was taken out.\n"

// kinds of what is replaced, by the name of a column or of a key inside one. A name that is
// none of them stays: words for goods, states, numbers of documents.
var kinds = []struct {
	kind string
	name *regexp.Regexp
}{
	{"mail", regexp.MustCompile(`^(email|mail|e_mail|recipient|support_mail)$|_e?mail$`)},
	{"phone", regexp.MustCompile(`^(phone|tel|mobile|fax|support_phone)$|_phone$`)},
	{"account", regexp.MustCompile(`^(iban|bic|account|account_no|account_number|card)$|_iban$`)},
	{"number", regexp.MustCompile(`^(reg_no|tax_id|vat_no|po_number|vehicle|tracking)$`)},
	{"name", regexp.MustCompile(`^(name_local|actor_name|contact|account_name|sender|payer_name|person_name|company|seller_name|buyer_name|label)$`)},
	{"place", regexp.MustCompile(`^(street|address|postcode|zip|city|to_city)$`)},
	{"ip", regexp.MustCompile(`^(ip|ip_address)$`)},
	{"text", regexp.MustCompile(`^(note|memo|reason|answer|decision_note|end_note|about|title|description|subject|body_text|body_html|user_agent|error|comment|message|bio|facts)$`)},
}

// called are the tables in which a name is somebody's. Elsewhere it is a thing's.
var called = regexp.MustCompile(`^(identity_|parties_|inventory_warehouses$|blob_objects$|access_)`)

// goods are tables whose texts describe what is sold and are nobody's.
var goods = regexp.MustCompile(`^(catalog_items|catalog_categories|catalog_attributes|catalog_documents)$`)

func kindOf(table, column string) string {
	if column == "number" && table == "parties_identifiers" {
		return "number"
	}
	if column == "name" && called.MatchString(table) || column == "name" && table == "" {
		return "name"
	}
	for _, k := range kinds {
		if k.name.MatchString(column) {
			if k.kind == "text" && goods.MatchString(table) {
				return ""
			}
			return k.kind
		}
	}
	return ""
}

// Row is one row without who it is about.
func (m *Mask) Row(table string, row []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(row))
	d.UseNumber() // amounts are exact
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	for column, x := range v {
		switch y := x.(type) {
		case string:
			if k := kindOf(table, column); k != "" && y != "" {
				v[column] = m.replace(k, y)
			}
		case map[string]any, []any:
			if k := kindOf(table, column); k != "" {
				v[column] = m.every(k, y)
			} else if !goods.MatchString(table) {
				v[column] = m.inside(y)
			}
		}
	}
	if table == "blob_objects" {
		sum := sha256.Sum256([]byte(masked))
		v["name"], v["media_type"], v["size"], v["sha256"] = "file.txt", "text/plain", len(masked), `\x`+hex.EncodeToString(sum[:])
	}
	return json.Marshal(v)
}

// inside looks for names of keys below a column.
func (m *Mask) inside(x any) any {
	switch y := x.(type) {
	case map[string]any:
		for key, z := range y {
			k := kindOf("", key)
			switch w := z.(type) {
			case string:
				if k != "" && w != "" {
					y[key] = m.replace(k, w)
				}
			default:
				if k != "" {
					y[key] = m.every(k, z)
				} else {
					y[key] = m.inside(z)
				}
			}
		}
	case []any:
		for i := range y {
			y[i] = m.inside(y[i])
		}
	}
	return x
}

// every replaces all texts below, as those of a description in several languages.
func (m *Mask) every(kind string, x any) any {
	switch y := x.(type) {
	case string:
		if y == "" {
			return y
		}
		return m.replace(kind, y)
	case map[string]any:
		for key := range y {
			y[key] = m.every(kind, y[key])
		}
	case []any:
		for i := range y {
			y[i] = m.every(kind, y[i])
		}
	}
	return x
}

func (m *Mask) replace(kind, was string) string {
	h := hmac.New(sha256.New, m.salt)
	h.Write([]byte(kind + "\x00" + was))
	sum := h.Sum(nil)
	tag, n := hex.EncodeToString(sum[:6]), binary.BigEndian.Uint64(sum[8:16])
	switch kind {
	case "mail":
		return "p" + tag + "@example.invalid" // a name that no letter is ever carried to
	case "phone":
		return fmt.Sprintf("+00 %010d", n%1e10)
	case "account":
		return fmt.Sprintf("XX00%016d", n%1e16)
	case "number":
		return strings.ToUpper("X" + tag)
	case "ip":
		return "192.0.2.1"
	case "place":
		return "Place " + tag
	case "text":
		return "Text " + tag
	}
	return "Name " + tag
}
