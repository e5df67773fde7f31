package quantity

import "bytes"

// Wire reads an object of up to three texts that is spelled as this house spells it: these
// names in this order, no spaces and no escapes. ok is false for any other spelling, which
// is a JSON decoder's business. Amounts, prices and quantities are most of what is kept as
// JSON, and a decoder within a decoder was half of reading it.
func Wire(b []byte, names ...string) (values [3]string, ok bool) {
	b, ok = bytes.CutPrefix(b, []byte("{"))
	for i, name := range names {
		if !ok {
			return values, false
		}
		if i > 0 {
			if b, ok = bytes.CutPrefix(b, []byte(",")); !ok {
				return values, false
			}
		}
		if len(b) < len(name)+4 || b[0] != '"' || string(b[1:1+len(name)]) != name || string(b[1+len(name):4+len(name)]) != `":"` {
			return values, false
		}
		b = b[4+len(name):]
		end := bytes.IndexByte(b, '"')
		if end < 0 || !plain(b[:end]) {
			return values, false
		}
		values[i], b = string(b[:end]), b[end+1:]
	}
	return values, ok && string(b) == "}"
}

// plain reports whether a text means itself in JSON.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}
