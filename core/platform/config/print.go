package config

import (
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"text/tabwriter"
)

// Print writes every key, its value without secrets, where it came from and what it is
// for.
func (c Config) Print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	v := reflect.ValueOf(c)
	for _, s := range settings() {
		fmt.Fprintf(tw, "%s\t%s\t(%s)\t%s\n", s.key, shown(v.Field(s.index).Interface()), c.from[s.key], s.help)
	}
	return tw.Flush()
}

// shown keeps the harmless part of a secret URL: where it leads.
func shown(v any) string {
	switch x := v.(type) {
	case Secret:
		if u, err := url.Parse(x.Reveal()); err == nil && u.Host != "" {
			return u.Scheme + "://***@" + u.Host + u.Path
		}
		return x.String()
	case []netip.Prefix:
		var out []string
		for _, p := range x {
			out = append(out, p.String())
		}
		return strings.Join(out, ",")
	}
	return fmt.Sprint(v)
}
