package notify

// What a company's administrators hear of single sign-on: what opens or closes a way in.
var ssoKinds = []string{"sso_on", "sso_off", "sso_enforced"}

func ssoKind(p Payload) string {
	switch p.Values["what"] {
	case "on":
		return "sso_on"
	case "off", "ended":
		return "sso_off"
	case "enforced":
		return "sso_enforced"
	}
	return ""
}

func ssoLapsed(p Payload) string {
	if p.Values["what"] == "lapsed" {
		return "sso_lapsed"
	}
	return ""
}

// ofNobody is for what concerns the marketplace itself and no company.
func ofNobody(choose func(Payload) string) func(Payload) string {
	return func(p Payload) string {
		if p.Values["org"] != "" {
			return ""
		}
		return choose(p)
	}
}
