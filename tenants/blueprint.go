package tenants

import "io/fs"

// Blueprint is one tenant as data. It is complete and consistent: Load refuses others.
type Blueprint struct {
	Tenant     Tenant
	Categories []Category // parents before children
	Attributes []Attribute
	Roles      []RoleLine
	Texts      map[string]map[string]string // locale -> key -> text
	Orgs       []Org
	People     []Person
	Licences   []Licence
	Warehouses []Warehouse
	Indices    []Index

	dir  fs.FS
	hash string
}

// Hash names the content; see the function of that name.
func (b Blueprint) Hash() string { return b.hash }

// Pictures is the folder of photographs, empty where the tenant has none.
func (b Blueprint) Pictures() (fs.FS, error) { return fs.Sub(b.dir, "pictures") }

// Names is a text in several languages: locale tag -> text.
type Names map[string]string

// Tenant is tenant.yaml.
type Tenant struct {
	Slug          string    `yaml:"slug"`
	Kind          string    `yaml:"kind"`  // tenancy_tenants.kind: open, vertical, portal, single, platform
	Names         Names     `yaml:"names"` // the trading name in the header
	Taglines      Names     `yaml:"taglines"`
	Hosts         []Host    `yaml:"hosts"`
	Locales       []string  `yaml:"locales"`
	Locale        string    `yaml:"locale"` // default, one of Locales
	Currency      string    `yaml:"currency"`
	TimeZone      string    `yaml:"time_zone"`
	Country       string    `yaml:"country"` // of the operator, ISO 3166-1 alpha-2
	Theme         string    `yaml:"theme"`   // folder in themes/
	LoginRequired bool      `yaml:"login_required"`
	SignUp        string    `yaml:"sign_up"`         // "open": companies apply; "invited": they cannot
	SecondFactor  string    `yaml:"second_factor"`   // who must have one: "staff" (where nothing is said), "admins" of companies as well, "optional"
	Verticals     []string  `yaml:"verticals"`       // rule packs of policies/rego: steel, pharma, portal
	Operator      string    `yaml:"operator"`        // Org.Key of the company that runs it, or empty
	Commission    Rate      `yaml:"commission_rate"` // share of a settled order
	Tax           Rate      `yaml:"tax_rate"`        // added to net prices at checkout
	ReleaseLimit  Amount    `yaml:"release_limit"`   // an escrow release above it needs two persons
	Plugins       []Plugin  `yaml:"plugins"`
	Notices       []Notice  `yaml:"notices"`
	Board         []string  `yaml:"board"`    // Index keys on the home page's price board, in order
	Featured      []string  `yaml:"featured"` // Item SKUs on the home page, in order
	Searches      Searches  `yaml:"searches"` // words to try, offered beside the search field
	Supports      []Contact `yaml:"contacts"`
}

// Host is a name the tenant answers to; exactly one is canonical.
type Host struct {
	Name      string `yaml:"host"`
	Canonical bool   `yaml:"canonical"`
}

// Searches is suggested words per locale.
type Searches map[string][]string

// Contact is a way to reach the operator.
type Contact struct {
	Kind  string `yaml:"kind"` // email, phone
	Value string `yaml:"value"`
}

// Plugin is an installation: the plugin's id and its configuration, given to it as JSON.
type Plugin struct {
	ID     string         `yaml:"id"`
	Config map[string]any `yaml:"config"`
}

// Notice is a line the storefront shows to everybody.
type Notice struct {
	Key   string `yaml:"key"`
	Level string `yaml:"level"` // info or warning
	Texts Names  `yaml:"texts"`
}

// Category is a node of the tree. Path is made of the slugs from the root, "sections/h-beams".
type Category struct {
	Slug       string
	Parent     string // slug, empty at the root
	Path       string
	Names      Names
	Attributes []string // Attribute keys, in the order of the specification table; inherited when none
	Picture    string   // see Picture
	Position   int      // among all, in the file's order
}

// Attribute is a typed property of items. Values are text: numbers exact decimals in Unit,
// enums an option's Value.
type Attribute struct {
	Key      string   `json:"key"`
	Names    Names    `json:"names"`
	Type     string   `json:"type"`            // text, number, enum, bool, date
	Unit     string   `json:"unit,omitempty"`  // for display: mm, kg/m
	Facet    string   `json:"facet,omitempty"` // none, terms or range (numbers only)
	Options  []Option `json:"options,omitempty"`
	Position int      `json:"-"`
}

// Option is a value of an enum.
type Option struct {
	Value string `json:"value"`
	Names Names  `json:"names"`
}

// RoleLine is a line of roles.csv: {"p", role, action} or {"g", role, parent role}.
type RoleLine struct{ Kind, Role, Value string }
