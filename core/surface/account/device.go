package account

import "strings"

// device is what a user agent says of itself, in plain words. It decides nothing: anybody
// may send any.
type device struct{ Program, System string }

// Browsers name those whose engine they borrow as well, so the borrower comes first.
var programs = []struct{ mark, name string }{
	{"MicroMessenger/", "WeChat"},
	{"DingTalk/", "DingTalk"},
	{"Edg", "Edge"},
	{"OPR/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"UCBrowser/", "UC Browser"},
	{"QQBrowser/", "QQ Browser"},
	{"Firefox/", "Firefox"},
	{"FxiOS/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{"curl/", "curl"},
	{"Go-http-client/", "Go"},
	{"python-", "Python"},
	{"PostmanRuntime/", "Postman"},
	{"okhttp/", "okhttp"},
	{"node", "Node.js"},
}

// Phones name the desktop's system that theirs stems from as well.
var systems = []struct{ mark, name string }{
	{"HarmonyOS", "HarmonyOS"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"Macintosh", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
}

func deviceOf(agent string) (d device) {
	for _, p := range programs {
		if strings.Contains(agent, p.mark) {
			d.Program = p.name
			break
		}
	}
	for _, s := range systems {
		if strings.Contains(agent, s.mark) {
			d.System = s.name
			break
		}
	}
	return d
}
