package notify

import "strings"

// pluginTrouble chooses what nobody did by hand: an installation that was suspended, or put
// back to the version before.
func pluginTrouble(p Payload) string {
	switch {
	case p.Values["what"] == "suspended":
		return "plugin_suspended"
	case p.Values["what"] == "rolled_back" && strings.TrimSpace(p.Values["note"]) != "":
		return "plugin_put_back"
	}
	return ""
}
