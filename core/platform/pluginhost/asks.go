package pluginhost

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Kinds of what a plugin asks for.
const (
	AskDo     = "do"     // what it is asked: a capability
	AskEgress = "egress" // addresses that it has asked
	AskHost   = "host"   // what it may ask of the host, such as PermissionKV
	AskEvents = "events" // what it hears of
)

// Ask is one thing that who enables a plugin agrees to. Two versions ask for the same if
// their Asks are the same.
type Ask struct {
	Kind string `json:"kind"`
	What string `json:"what"`
}

// String is for tools; pages have words for the kinds.
func (a Ask) String() string { return a.Kind + " " + a.What }

// Asks are all of a plugin's, in a fixed order.
func (m Manifest) Asks() []Ask {
	var out []Ask
	for _, name := range slices.Sorted(maps.Keys(m.Capabilities)) {
		out = append(out, Ask{AskDo, name})
	}
	for _, e := range m.Permissions.Egress {
		out = append(out, Ask{AskEgress, e.String()})
	}
	for _, h := range m.Permissions.Host {
		out = append(out, Ask{AskHost, h})
	}
	for _, e := range m.Permissions.Events {
		out = append(out, Ask{AskEvents, e})
	}
	return out
}

// String is "GET POST https://host:port/path, with the secret x".
func (e Egress) String() string {
	verbs := e.Methods
	if len(verbs) == 0 {
		verbs = []string{http.MethodGet}
	}
	to := "{" + e.Setting + "}"
	if e.Setting == "" {
		to = "https://" + e.Host
		for i, p := range e.Ports {
			if i == 0 {
				to += ":" + strconv.Itoa(p)
			} else {
				to += "," + strconv.Itoa(p)
			}
		}
	}
	out := strings.Join(verbs, " ") + " " + to
	if len(e.Paths) > 0 {
		out += " " + strings.Join(e.Paths, " ")
	}
	if e.Secret != "" {
		out += " + " + e.Secret
	}
	return out
}

// More are those of asks that granted does not hold.
func More(asks, granted []Ask) []Ask {
	var out []Ask
	for _, a := range asks {
		if !slices.Contains(granted, a) {
			out = append(out, a)
		}
	}
	return out
}
