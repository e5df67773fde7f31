package theme

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"
)

// tokens are a theme's decisions: "root" holds what does not depend on the scheme (type,
// space, radius), "light" and "dark" the colour roles of each.
type tokens map[string]map[string]string

func (t tokens) clone() tokens {
	out := tokens{}
	for k, v := range t {
		out[k] = maps.Clone(v)
	}
	return out
}

func (t *theme) readTokens(files fs.FS, file string) error {
	b, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	var own tokens
	if err := json.Unmarshal(b, &own); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for section, values := range own {
		if t.tokens[section] == nil {
			t.tokens[section] = map[string]string{}
		}
		maps.Copy(t.tokens[section], values)
	}
	return nil
}

// css writes the tokens as custom properties. light-dark() follows the reader's system
// unless data-scheme on the root element says otherwise.
func (t tokens) css() string {
	var b strings.Builder
	b.WriteString(":root{color-scheme:light dark;")
	for _, k := range sortedKeys(t["root"]) {
		fmt.Fprintf(&b, "--%s:%s;", k, t["root"][k])
	}
	for _, k := range sortedKeys(t["light"]) {
		dark := t["dark"][k]
		if dark == "" {
			dark = t["light"][k]
		}
		fmt.Fprintf(&b, "--%s:light-dark(%s,%s);", k, t["light"][k], dark)
	}
	b.WriteString("}:root[data-scheme=light]{color-scheme:light}:root[data-scheme=dark]{color-scheme:dark}@media print{:root,:root[data-scheme]{color-scheme:light}}")
	return b.String()
}
