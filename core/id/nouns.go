package id

// Each noun is an empty type that only keeps identifiers apart.
type (
	tenant        struct{}
	org           struct{}
	person        struct{}
	session       struct{}
	unit          struct{}
	costCentre    struct{}
	licence       struct{}
	address       struct{}
	phone         struct{}
	blob          struct{}
	category      struct{}
	item          struct{}
	offer         struct{}
	document      struct{}
	price         struct{}
	warehouse     struct{}
	lot           struct{}
	movement      struct{}
	hold          struct{}
	rfq           struct{}
	rfqLine       struct{}
	quote         struct{}
	award         struct{}
	cart          struct{}
	group         struct{}
	order         struct{}
	orderLine     struct{}
	approval      struct{}
	account       struct{}
	entry         struct{}
	escrow        struct{}
	release       struct{}
	payout        struct{}
	operation     struct{}
	invoice       struct{}
	shipment      struct{}
	receipt       struct{}
	claim         struct{}
	hostClaim     struct{}
	message       struct{}
	mail          struct{}
	event         struct{}
	audit         struct{}
	decision      struct{}
	checkout      struct{}
	install       struct{}
	invitation    struct{}
	service       struct{}
	apiKey        struct{}
	planOverride  struct{}
	planEntry     struct{}
	ssoConnection struct{}
	ssoDomain     struct{}
	passkey       struct{}
	dirUser       struct{}
	dirGroup      struct{}
	represent     struct{}
	impersonate   struct{}
	run           struct{}
)

// The identifiers of the platform, one per noun.
type (
	Tenant       = ID[tenant]
	Org          = ID[org] // a company: buyer, seller or both
	Person       = ID[person]
	Session      = ID[session]
	Unit         = ID[unit]
	CostCentre   = ID[costCentre]
	Licence      = ID[licence]
	Address      = ID[address]
	Phone        = ID[phone] // a number under which somebody is reached
	Blob         = ID[blob]
	Category     = ID[category]
	Item         = ID[item]  // what is traded, whoever sells it
	Offer        = ID[offer] // one seller's terms for one item
	Document     = ID[document]
	Price        = ID[price]
	Warehouse    = ID[warehouse]
	Lot          = ID[lot]
	Movement     = ID[movement]
	Hold         = ID[hold] // a stock reservation
	RFQ          = ID[rfq]
	RFQLine      = ID[rfqLine]
	Quote        = ID[quote]
	Award        = ID[award]
	Cart         = ID[cart]
	Group        = ID[group] // one checkout: one order per seller
	Order        = ID[order]
	OrderLine    = ID[orderLine]
	Approval     = ID[approval]
	Account      = ID[account]
	Entry        = ID[entry]
	Escrow       = ID[escrow]
	Release      = ID[release]
	Payout       = ID[payout]
	Operation    = ID[operation] // one effect asked of a plugin
	Invoice      = ID[invoice]
	Shipment     = ID[shipment]
	Receipt      = ID[receipt]
	Claim        = ID[claim]
	Message      = ID[message]
	Mail         = ID[mail]
	Event        = ID[event]
	Audit        = ID[audit]
	Decision     = ID[decision]
	Checkout     = ID[checkout]
	HostClaim    = ID[hostClaim] // an address that a marketplace says is its own
	Installation = ID[install]
	Invitation   = ID[invitation] // to act for a company
	Run          = ID[run]        // work in steps on a marketplace
	APIKey       = ID[apiKey]

	SSOConnection = ID[ssoConnection] // a provider that vouches for people
	SSODomain     = ID[ssoDomain]
	Passkey       = ID[passkey]

	DirectoryUser  = ID[dirUser] // a person, as a company's directory knows him
	DirectoryGroup = ID[dirGroup]

	ServiceAccount = ID[service]
	PlanOverride   = ID[planOverride] // what a marketplace has beside its plan
	PlanEntry      = ID[planEntry]    // of the ledger of use

	Impersonation  = ID[impersonate] // of a person by the platform's own, for a reason and a time
	Representation = ID[represent]   // of a company by somebody of another side, by consent
)
