package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
)

// maxRows bounds how many rows of a form are read.
const maxRows = 500

// Row is one row of a form: lines[3].price is the value of price in row 3 of lines. The
// names are those that faults point at, so that a complaint finds its field.
type Row struct {
	At     int
	values map[string]string
}

// Get is one value of the row.
func (r Row) Get(name string) string { return strings.TrimSpace(r.values[name]) }

// Blank reports whether nothing was filled in but for what is named.
func (r Row) Blank(but ...string) bool {
	for k, v := range r.values {
		if strings.TrimSpace(v) != "" && !slices.Contains(but, k) {
			return false
		}
	}
	return true
}

// Rows reads the rows of a form in order. Services number what they are given, so rows
// that are left out move the numbers: leave out only from the end, or none.
func Rows(form url.Values, name string) []Row {
	byIndex := map[int]map[string]string{}
	for key, vs := range form {
		rest, ok := strings.CutPrefix(key, name+"[")
		if !ok || len(vs) == 0 {
			continue
		}
		n, field, ok := strings.Cut(rest, "].")
		i, err := strconv.Atoi(n)
		if !ok || err != nil || i < 0 || i >= maxRows {
			continue
		}
		if byIndex[i] == nil {
			byIndex[i] = map[string]string{}
		}
		byIndex[i][field] = vs[0]
	}
	out := make([]Row, 0, len(byIndex))
	for i, v := range byIndex {
		out = append(out, Row{i, v})
	}
	slices.SortFunc(out, func(a, b Row) int { return a.At - b.At })
	return out
}

// Number reads a whole number; what is none is -1, which no service takes.
func Number(text string) int {
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// Aimed points a fault at the fields of the form: services number the rows that they were
// given, forms those that a person sees.
func Aimed(err error, name string, rows []Row) error {
	f := fault.From(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	c := f.Because(err)
	for i, field := range c.Fields {
		rest, ok := strings.CutPrefix(field.Path, name+"[")
		n, tail, cut := strings.Cut(rest, "]")
		at, bad := strconv.Atoi(n)
		if ok && cut && bad == nil && at >= 0 && at < len(rows) {
			c.Fields[i].Path = name + "[" + strconv.Itoa(rows[at].At) + "]" + tail
		}
	}
	return c
}
