package core_test

// kernel are the leaf rooms: the words that every other room speaks in.
var kernel = []string{"audit", "caller", "clock", "epoch", "event", "fault", "id", "identifier", "money", "page", "policy", "quantity", "work"}

// contexts are the rooms of the trade. Each is <ctx> (nouns, rules, use cases), and beside
// it <ctx>db (its store), <ctx>http (its API), <ctx>pdf (its papers), <ctx>test (its kit).
var contexts = []string{
	"access", "aftersales", "catalog", "cells", "fulfilment", "identity", "inventory", "invoicing", "ledger", "notify", "ordering",
	"parties", "payments", "plans", "plugins", "pricing", "scim", "sourcing", "sso", "tenancy",
}

// rooms are all the others. A package that is neither here nor a context's own is unlisted.
var rooms = map[string]string{
	"cmd/bench":                             "speed against a bare program in the same run",
	"cmd/kontor":                            "flags, configuration, signals, sub-commands; nothing else",
	"cmd/simulator":                         "the outside parties of the demonstration and the tests",
	"cmd/simulator/internal/bank":           "a bank that keeps money in escrow",
	"cmd/simulator/internal/carrier":        "a carrier that moves goods",
	"cmd/simulator/internal/desk":           "where a person or a test plays them",
	"cmd/simulator/internal/party":          "what bank and carrier have in common: keys, signatures, ordered faults",
	"core":                                  "the map of the house, as a test",
	"core/app":                              "composition root: makes the services and introduces them to each other",
	"core/app/apptest":                      "a whole house for tests",
	"core/platform/archive":                 "a tenant's data, out of the database and back; its end",
	"core/platform/blob":                    "files",
	"core/platform/certs":                   "ends TLS, with certificates made on demand",
	"core/platform/certs/certstest":         "a real authority for tests",
	"core/platform/config":                  "configuration",
	"core/platform/contact":                 "people's telephone numbers, sealed, each once",
	"core/platform/dialect":                 "the schemas of what can be filled in, and their forms",
	"core/platform/gate":                    "roles, then rules, behind policy.Gate",
	"core/platform/jobs":                    "queued and scheduled work, the event relay, the record",
	"core/platform/mail":                    "letters",
	"core/platform/mover":                   "takes a tenant's rows to another database while they change",
	"core/platform/oidc":                    "speaks with providers that sign people in",
	"core/platform/outward":                 "asks addresses that strangers wrote",
	"core/platform/saml":                    "the same providers, in SAML",
	"core/platform/saml/samltest":           "a real provider for tests",
	"core/platform/pdf":                     "paper, with a Chinese font",
	"core/platform/pg":                      "pool, units of work, migrations",
	"core/platform/pg/embedded":             "finds, starts and stops a PostgreSQL",
	"core/platform/pg/pgtest":               "a real PostgreSQL for tests",
	"core/platform/cage":                    "starts a program with as little of the machine as it needs",
	"core/platform/pluginhost":              "launches and watches plugins, presents them as ports",
	"core/platform/pluginhost/bundle":       "packages of plugins: packed, signed, unpacked",
	"core/platform/pluginhost/trial":        "runs the kit on a folder",
	"core/platform/pluginhost/pluginhostdb": "installations and operations",
	"core/platform/search":                  "words and part numbers in two languages",
	"core/platform/tally":                   "limits that several processes keep together",
	"core/platform/telemetry":               "logs, numbers, profiles, health",
	"core/platform/theme":                   "template chain and renderer",
	"core/platform/web":                     "the edge: routes, problems, binding, the API's description",
	"core/platform/vault":                   "sealing under each tenant's key",
	"core/platform/web/webdb":               "idempotency keys",
	"core/reads":                            "read-only questions of screens that span contexts",
	"core/reads/consoles":                   "the same for the consoles",
	"core/surface/account":                  "pages: the door, one's own things, messages",
	"core/surface/buyer":                    "pages of companies that buy",
	"core/surface/console":                  "what the consoles' pages have in common",
	"core/surface/frame":                    "what every page's view model has",
	"core/surface/operator":                 "pages of who runs a marketplace",
	"core/surface/platform":                 "pages of who runs the platform",
	"core/surface/seller":                   "pages of companies that sell",
	"core/surface/storefront":               "pages of the shop",
	"core/surface/surfacetest":              "the pages' tests, in a browser's place",
	"core/work/worktest":                    "units and requests for tests",
	"deploy/clients/go":                     "the generated Go client",
	"plugins/escrow":                        "plugin: payment into escrow at a bank that speaks HTTP",
	"plugins/examples":                      "plugins to begin with, as files",
	"plugins/examples/go":                   "plugin: the one to begin with, in Go",
	"plugins/freight":                       "plugin: rates and bookings of a carrier",
	"plugins/sdk":                           "all that a plugin's author sees",
	"plugins/sdk/internal/wire":             "the protocol's generated messages",
	"plugins/sdk/kit":                       "the checks that every plugin passes, as data, and what runs them",
	"plugins/sdk/plugintest":                "the same checks in go test",
	"plugins/steelprice":                    "plugin: theoretical and weighed prices of steel",
	"policies":                              "roles and rules, as files",
	"tenants":                               "blueprints of marketplaces, as files",
	"tenants/internal/gen":                  "makes the blueprints' seeds out of public data",
	"themes":                                "templates, styles, texts, as files",
}

// Reasons that more than one edge has.
const (
	shows   = "shows its nouns and calls its use cases"
	facts   = "needs its nouns and facts, which stand above it in the list of contexts"
	draws   = "pages are routes that render templates"
	reads   = "its screens' questions"
	content = "the composition root is given content as files; so is what stands in for it"
	rows    = "implements its port in SQL"
	sits    = "a room that stores something stands on the pool"
	played  = "one program, cut into parties"
	author  = "a plugin sees the SDK and nothing else of ours"
	kit     = "a kit puts up what it tests"
	numbers = "telephone numbers stand apart from what they belong to"
)

// edges are the imports that no kind in arch_test.go explains, each with its reason. What
// is imported stands inside. Whoever adds a line here changes the shape of the house.
var edges = map[string]map[string]string{
	"cmd/bench": {
		"core/app": "measures the house as a whole", "core/catalog": facts, "core/inventory": facts, "core/ordering": facts, "core/plans": facts, "core/pricing": facts, "core/tenancy": facts,
		"core/platform/config": "boots as the program does", "core/platform/pg/embedded": "a server of its own", "tenants": content,
	},
	"cmd/kontor": {
		"core/app": "starts it", "core/platform/config": "reads flags and environment into it", "core/platform/pg/embedded": "doctor says what was found",
		"core/platform/pluginhost": "seals plugin folders, says what can hold them", "core/platform/pluginhost/bundle": "packs and signs them", "core/platform/telemetry": "makes the log", "core/tenancy": "waits until an export is done", "tenants": content,
		"core/platform/pluginhost/trial": "holds a plugin that is tried", "plugins/examples": "begins plugins with them", "plugins/sdk/kit": "tries plugins",
	},
	"cmd/simulator":                  {"cmd/simulator/internal/bank": played, "cmd/simulator/internal/carrier": played, "cmd/simulator/internal/desk": played, "cmd/simulator/internal/party": played},
	"cmd/simulator/internal/bank":    {"cmd/simulator/internal/party": played},
	"cmd/simulator/internal/carrier": {"cmd/simulator/internal/party": played},
	"cmd/simulator/internal/desk":    {"cmd/simulator/internal/bank": played, "cmd/simulator/internal/carrier": played, "cmd/simulator/internal/party": played},
	"core/app/apptest": {
		"core/app": kit, "core/platform/pg/pgtest": kit, "core/platform/pluginhost": "seals the plugins it has built", "core/platform/telemetry": "listens to the log as it is written", "core/platform/web": "a second process has limits", "deploy/clients/go": "tests speak through the generated client",
		"policies": content, "tenants": content, "themes": content,
	},

	"core/catalog":               {"core/platform/search": "the words of an item are made when it is written"},
	"core/catalog/cataloghttp":   {"core/reads": "lists carry the reader's own prices and the stock of the moment"},
	"core/cells":                 {"core/tenancy": "marketplaces, and the work on them in steps"},
	"core/cells/cellshttp":       {"core/tenancy": "the work on marketplaces in steps"},
	"core/identity":              {"core/tenancy": facts},
	"core/identity/identityhttp": {"core/tenancy": "the platform's own people name the marketplace"},
	"core/inventory":             {"core/catalog": facts},
	"core/access":                {"core/identity": "a program's name is written as a person's"},
	"core/parties/partiesdb":     {"core/platform/contact": numbers},
	"core/plugins/pluginsdb":     {"core/platform/vault": "what is kept lies sealed"},
	"core/scim/scimdb":           {"core/platform/contact": numbers},
	"core/sourcing/sourcingdb":   {"core/platform/contact": numbers},
	"core/ordering/orderingdb":   {"core/platform/contact": numbers},
	"core/parties":               {"core/identity": facts, "core/tenancy": facts},
	"core/parties/partieshttp":   {"core/identity": "a registration brings its first person"},
	"core/payments":              {"core/ledger": "every movement of money is an entry"},
	"core/plans":                 {"core/tenancy": facts},
	"core/plugins":               {"core/tenancy": facts},
	"core/pricing":               {"core/catalog": facts},
	"core/scim":                  {"core/access": "directories call with keys as programs do", "core/identity": facts, "core/sso": "directories belong to connections"},
	"core/sso":                   {"core/identity": facts, "core/tenancy": "domains are proved as hosts are"},
	"core/ordering/orderingtest": {"core/catalog": kit, "core/catalog/catalogtest": kit},

	"core/platform/blob":                    {"core/platform/pg": sits},
	"core/platform/certs":                   {"core/platform/pg": sits, "core/platform/vault": "what is kept lies sealed"},
	"core/platform/contact":                 {"core/platform/pg": sits, "core/platform/vault": "what is kept lies sealed"},
	"core/platform/gate":                    {"core/platform/pg": sits},
	"core/platform/archive":                 {"core/platform/pg": sits, "core/platform/blob": "the files beside the rows", "core/platform/vault": "what lies sealed travels opened"},
	"core/platform/jobs":                    {"core/platform/pg": sits},
	"core/platform/mover":                   {"core/platform/archive": "which tables are a tenant's"},
	"core/platform/tally":                   {"core/platform/pg": sits},
	"core/platform/pg/pgtest":               {"core/platform/pg": kit, "core/platform/pg/embedded": kit},
	"core/platform/pluginhost":              {"plugins/sdk": "speaks the plugins' protocol", "core/platform/cage": "holds each plugin's process", "core/platform/outward": "plugins name the addresses"},
	"core/platform/pluginhost/bundle":       {"core/platform/pluginhost": "the manifest"},
	"core/platform/pluginhost/trial":        {"core/platform/pluginhost": "the manifest", "core/platform/cage": "holds what is tried", "plugins/sdk/kit": "the checks"},
	"core/platform/pluginhost/pluginhostdb": {"core/platform/pg": sits, "core/platform/pluginhost": rows, "plugins/sdk": "entries that plugins have kept"},
	"core/platform/oidc":                    {"core/sso": "implements its port", "core/platform/outward": "administrators name the addresses"},
	"core/platform/saml":                    {"core/sso": "implements its port", "core/platform/outward": "administrators name the addresses"},
	"core/platform/vault":                   {"core/platform/pg": sits},
	"core/platform/web/webdb":               {"core/platform/pg": sits, "core/platform/web": rows, "core/platform/vault": "answers lie sealed"},

	"core/reads":          {"core/catalog": facts, "core/ordering": facts, "core/payments": facts, "core/pricing": facts, "core/platform/pg": "one batch a screen"},
	"core/reads/consoles": {"core/catalog": facts, "core/platform/pg": "one batch a screen"},

	"core/surface/frame":   {"core/platform/theme": draws},
	"core/surface/console": {"core/identity": "who acted in whose name looks the same to operator and platform", "core/tenancy": "a finished export looks the same to operator and platform", "core/platform/theme": draws, "core/platform/web": draws, "core/plans": "how use is written is the same for operator and platform", "core/reads/consoles": reads, "core/surface/frame": draws},
	"core/surface/account": {
		"core/access": shows, "core/identity": shows, "core/notify": shows, "core/parties": shows, "core/scim": shows, "core/sso": shows, "core/tenancy": shows,
		"core/platform/theme": draws, "core/platform/web": draws, "core/reads": reads, "core/surface/console": draws, "core/surface/frame": draws,
	},
	"core/surface/buyer": {
		"core/aftersales": shows, "core/catalog": shows, "core/fulfilment": shows, "core/invoicing": shows, "core/ordering": shows, "core/parties": shows,
		"core/payments": shows, "core/sourcing": shows, "core/platform/blob": "attachments", "core/platform/theme": draws, "core/platform/web": draws,
		"core/reads": reads, "core/reads/consoles": reads, "core/surface/console": draws, "core/surface/frame": draws,
	},
	"core/surface/seller": {
		"core/aftersales": shows, "core/catalog": shows, "core/fulfilment": shows, "core/inventory": shows, "core/invoicing": shows, "core/ordering": shows, "core/parties": shows,
		"core/payments": shows, "core/pricing": shows, "core/sourcing": shows, "core/platform/blob": "attachments", "core/platform/theme": draws, "core/platform/web": draws,
		"core/reads/consoles": reads, "core/surface/console": draws, "core/surface/frame": draws,
	},
	"core/surface/operator": {
		"core/aftersales": shows, "core/catalog": shows, "core/fulfilment": shows, "core/identity": shows, "core/invoicing": shows, "core/ledger": shows, "core/ordering": shows,
		"core/parties": shows, "core/payments": shows, "core/plans": shows, "core/plugins": shows, "core/tenancy": shows, "core/platform/dialect": "lays out the settings of plugins", "core/platform/gate": "explains decisions", "core/platform/jobs": "shows the record and what waits",
		"core/platform/pluginhost": "shows how plugins do", "core/platform/theme": draws, "core/platform/web": draws, "core/platform/certs": "shows how certificates do",
		"core/reads/consoles": reads, "core/surface/console": draws, "core/surface/frame": draws,
	},
	"core/surface/platform": {
		"core/identity": "invites a market's operator", "core/cells": shows,
		"core/plans": shows, "core/plugins": shows, "core/tenancy": shows, "core/platform/jobs": "shows the record and what waits", "core/platform/pluginhost": "shows how plugins do", "core/platform/theme": draws,
		"core/platform/web": draws, "core/platform/certs": "shows how certificates do", "core/reads/consoles": reads, "core/surface/console": draws, "core/surface/frame": draws,
	},
	"core/surface/storefront": {
		"core/catalog": shows, "core/ordering": shows, "core/parties": shows, "core/pricing": shows, "core/tenancy": shows, "core/platform/blob": "documents of goods",
		"core/platform/theme": draws, "core/platform/web": draws, "core/reads": reads, "core/surface/frame": draws,
	},
	"core/surface/surfacetest": {"core/app/apptest": kit, "core/ordering": kit, "core/platform/pg/pgtest": kit, "core/sourcing": kit, "tenants": kit},

	"tenants": {"core/identifier": "a seed's numbers are checked as those of people are"},

	"plugins/escrow":         {"plugins/sdk": author},
	"plugins/examples/go":    {"plugins/sdk": author},
	"plugins/freight":        {"plugins/sdk": author},
	"plugins/steelprice":     {"plugins/sdk": author},
	"plugins/sdk":            {"plugins/sdk/internal/wire": "hides the protocol behind plain types"},
	"plugins/sdk/kit":        {"plugins/sdk": kit, "plugins/sdk/internal/wire": "sees what travels, in whatever language it was said"},
	"plugins/sdk/plugintest": {"plugins/sdk": kit, "plugins/sdk/internal/wire": "writes examples as fixtures are written", "plugins/sdk/kit": kit},
}

// libraries that have a room of their own: nobody else may use them, so that each can be
// replaced in one place. A star stands for any one word.
var libraries = []struct {
	prefix, why string
	rooms       []string
}{
	{"gorm.io/", "stores write with it", []string{"core/*/*db", "core/platform/pg"}},
	{"github.com/jackc/pglogrepl", "changes as they happen", []string{"core/platform/mover"}},
	{"github.com/jackc/pgx/", "stores and reads speak SQL; the platform's own rooms that keep something do too", []string{
		"core/*/*db", "core/platform/*", "core/platform/*/*", "core/reads", "core/reads/*", "core/app", "cmd/bench", "core/*/*test",
	}},
	{"github.com/gofiber/", "Fiber ends at the edge", []string{"core/platform/web", "cmd/bench"}},
	{"github.com/valyala/", "so does what is under it", []string{"core/platform/web", "cmd/bench"}},
	{"github.com/danielgtaylor/huma", "and what describes it", []string{"core/platform/web"}},
	{"github.com/hashicorp/go-plugin", "processes and their protocol", []string{"plugins/sdk", "plugins/sdk/*", "core/platform/pluginhost"}},
	{"github.com/santhosh-tekuri/jsonschema", "schemas of what is filled in", []string{"core/platform/dialect"}},
	{"github.com/jedisct1/go-minisign", "another reader of them, in tests alone", nil},
	{"github.com/klauspost/compress", "packages of plugins", []string{"core/platform/pluginhost/bundle"}},
	{"aead.dev/minisign", "their signatures", []string{"core/platform/pluginhost/bundle"}},
	{"github.com/landlock-lsm/", "what a plugin cannot write", []string{"core/platform/cage"}},
	{"github.com/elastic/go-seccomp-bpf", "system calls", []string{"core/platform/cage"}},
	{"google.golang.org/grpc", "the same", []string{"plugins/sdk", "plugins/sdk/*", "plugins/sdk/internal/*", "core/platform/pluginhost"}},
	{"google.golang.org/protobuf", "the same", []string{"plugins/sdk", "plugins/sdk/*", "plugins/sdk/internal/*"}},
	{"github.com/casbin/", "roles", []string{"core/platform/gate", "policies"}},
	{"github.com/open-policy-agent/", "rules", []string{"core/platform/gate", "policies"}},
	{"github.com/riverqueue/", "queue; its driver sits on the pool", []string{"core/platform/jobs", "core/platform/pg"}},
	{"github.com/knadh/koanf", "configuration", []string{"core/platform/config"}},
	{"github.com/spf13/cobra", "the command line", []string{"cmd/kontor"}},
	{"github.com/prometheus/", "numbers", []string{"core/platform/telemetry"}},
	{"github.com/tink-crypto/", "sealing", []string{"core/platform/vault"}},
	{"github.com/caddyserver/certmagic", "certificates", []string{"core/platform/certs"}},
	{"github.com/mholt/acmez", "the same", []string{"core/platform/certs"}},
	{"go.uber.org/zap", "its log", []string{"core/platform/certs"}},
	{"github.com/letsencrypt/pebble", "an authority, in tests alone", []string{"core/platform/certs/certstest"}},
	{"github.com/coreos/go-oidc", "providers", []string{"core/platform/oidc"}},
	{"golang.org/x/oauth2", "the same", []string{"core/platform/oidc"}},
	{"github.com/crewjam/saml", "providers that speak SAML", []string{"core/platform/saml", "core/platform/saml/samltest"}},
	{"github.com/russellhaering/goxmldsig", "their signatures", []string{"core/platform/saml", "core/platform/saml/samltest"}},
	{"github.com/beevik/etree", "their XML", []string{"core/platform/saml"}},
	{"github.com/zitadel/", "a provider, in tests alone", nil},
	{"github.com/elimity-com/scim", "another's reading of SCIM's schemas, in tests alone", nil},
	{"github.com/scim2/filter-parser", "another's reading of its filters, the same", nil},
	{"github.com/pquerna/otp", "codes of a second factor", []string{"core/identity"}},
	{"github.com/go-webauthn/", "passkeys", []string{"core/identity"}},
	{"github.com/descope/", "a device with passkeys, in tests alone", nil},
	{"github.com/boombuler/barcode", "the picture that sets one up", []string{"core/surface/account"}},
	{"github.com/wneessen/go-mail", "letters out", []string{"core/platform/mail"}},
	{"github.com/emersion/", "letters in, in a demonstration", []string{"core/platform/mail"}},
	{"codeberg.org/go-pdf/", "paper", []string{"core/platform/pdf", "core/*/*pdf"}},
	{"github.com/oapi-codegen/", "the generated client", []string{"deploy/clients/go"}},
	{"github.com/chromedp/", "a browser, in tests alone", nil},
}
