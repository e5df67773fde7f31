package tenancy

import (
	"strings"

	"golang.org/x/net/idna"
)

// CanonicalHost is the one spelling under which hosts are stored and compared: lower case,
// punycode, without port and trailing dot. It answers "" for what is no host name, so that
// two spellings can never lead to two tenants.
func CanonicalHost(asked string) string {
	host := asked
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		port := host[i+1:]
		if len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return ""
		}
		host = host[:i]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || !plain(ascii) {
		return ""
	}
	return ascii
}

func plain(h string) bool {
	if h == "" || len(h) > 253 || strings.HasPrefix(h, ".") || strings.Contains(h, "..") {
		return false
	}
	return strings.Trim(h, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}
