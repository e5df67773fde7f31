package pluginhost

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Egress is one address that a plugin may have the host ask: a Host of the internet over
// https, or the address that the installation's Setting holds. The operator sees them
// before he enables the plugin.
type Egress struct {
	Host    string   `yaml:"host"`
	Setting string   `yaml:"setting"`
	Ports   []int    `yaml:"ports"`   // of Host; 443 if none is named
	Methods []string `yaml:"methods"` // GET if none is named
	Paths   []string `yaml:"paths"`   // how paths begin; any if none is named
	// Secret names a setting that the plugin is never told. The host puts it into the Place,
	// such as "header:Authorization", behind the Prefix.
	Secret string `yaml:"secret"`
	Place  string `yaml:"place"`
	Prefix string `yaml:"prefix"`
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// wrong says what is, in a manifest's words.
func (e Egress) wrong() string {
	header, inHeader := strings.CutPrefix(e.Place, "header:")
	switch {
	case (e.Host == "") == (e.Setting == ""):
		return "names either a host or a setting"
	case strings.ContainsAny(e.Host, "*/:@ "):
		return "host is one name, without scheme, port or stars"
	case slices.ContainsFunc(e.Methods, func(m string) bool { return !slices.Contains(methods, m) }):
		return "names a method that there is not"
	case slices.ContainsFunc(e.Paths, func(p string) bool { return !strings.HasPrefix(p, "/") }):
		return "has a path that does not begin with /"
	case slices.ContainsFunc(e.Ports, func(p int) bool { return p < 1 || p > 65535 }):
		return "names a port that there is not"
	case (e.Secret == "") != (e.Place == ""), e.Place != "" && (!inHeader || header == ""):
		return "needs a place such as header:Authorization for its secret"
	}
	return ""
}

// covers says whether a question is one of those. Paths are compared as they will be sent,
// and one that could be read in two ways is not compared at all.
func (e Egress) covers(method string, u *url.URL, settings map[string]any) bool {
	if !slices.Contains(e.Methods, method) && (len(e.Methods) > 0 || method != http.MethodGet) {
		return false
	}
	base := &url.URL{Scheme: "https", Host: e.Host}
	ports := e.Ports
	if e.Setting != "" {
		s, _ := settings[e.Setting].(string)
		var err error
		if base, err = url.Parse(s); err != nil || base.Host == "" {
			return false
		}
		ports = []int{portOf(base)}
	} else if len(ports) == 0 {
		ports = []int{443}
	}
	if u.User != nil || u.Scheme != base.Scheme || !strings.EqualFold(u.Hostname(), base.Hostname()) || !slices.Contains(ports, portOf(u)) {
		return false
	}
	p := u.EscapedPath()
	if u.Path != "" && path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") && u.Path != "/" || strings.Contains(strings.ToLower(p), "%2f") {
		return false
	}
	below := strings.TrimSuffix(base.EscapedPath(), "/")
	if len(e.Paths) == 0 {
		return beginsWith(p, below)
	}
	return slices.ContainsFunc(e.Paths, func(x string) bool { return beginsWith(p, below+x) })
}

// beginsWith compares whole segments: /v1 is no beginning of /v10.
func beginsWith(p, with string) bool {
	rest, ok := strings.CutPrefix(p, with)
	return ok && (rest == "" || strings.HasSuffix(with, "/") || rest[0] == '/')
}

func portOf(u *url.URL) int {
	if p, err := strconv.Atoi(u.Port()); err == nil {
		return p
	}
	return map[string]int{"https": 443, "http": 80}[u.Scheme]
}

// withheld are the settings that the host puts in itself.
func (m Manifest) withheld() (out []string) {
	for _, e := range m.Permissions.Egress {
		if e.Secret != "" {
			out = append(out, e.Secret)
		}
	}
	return out
}

// tell is a tenant's settings as the plugin gets them: without what is withheld.
func (m Manifest) tell(config json.RawMessage) json.RawMessage {
	names := m.withheld()
	var all map[string]json.RawMessage
	if len(names) == 0 || json.Unmarshal(config, &all) != nil {
		return config
	}
	for _, n := range names {
		delete(all, n)
	}
	b, err := json.Marshal(all)
	if err != nil {
		return config
	}
	return b
}
