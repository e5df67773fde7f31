package theme

import (
	"html/template"
	"time"
)

// The types below are what the parts of themes/base/parts take; PARTS.md shows each.
// Fields that a screen leaves empty are left out of the page.

// Choice is one entry of a select, a combobox or a row of radios.
type Choice struct {
	Value, Label, Hint string
	Group              string
}

// Tab is one of several views of the same thing.
type Tab struct {
	Text, URL string
	Count     int
	Current   bool
}

// Chip is a filter in force; its address takes it away.
type Chip struct {
	Text, URL string
	On        bool
}

// Facet is one filter of a list: terms with counts, or a range with a histogram.
type Facet struct {
	Key, Name, Unit string
	Range           bool
	Terms           []FacetTerm
	Min, Max        string // of the whole list
	From, To        string // as filtered
	Bins            []int  // items per slice between Min and Max
	Open            bool
}

// FacetTerm is one value of a facet.
type FacetTerm struct {
	Value, Label string
	Count        int
	On           bool
}

// Event is one line of a timeline.
type Event struct {
	At             time.Time
	Title, Text    string
	By             string
	Tone, Icon     string // good, warn, bad, info
	URL            string
	HTML           template.HTML
	PendingOrEmpty bool // still to come: At is not shown
}

// Change is one line of a diff.
type Change struct{ Name, Old, New string }

// Pair is one line of a key-value list. Value may be text or template.HTML.
type Pair struct {
	Name  string
	Value any
	Total bool
}

// Task is one thing that waits for the reader.
type Task struct {
	Title, Text, URL string
	Icon             string
	Badge            template.HTML
	Since, Until     time.Time
	Count            int
	Late             bool
}

// Node is one entry of a tree.
type Node struct {
	Text, URL     string
	Count         int
	Open, Current bool
	Children      []Node
}

// Posting is one line of a T-account.
type Posting struct{ Text, Amount, URL string }

// WhyStep is one link of the chain that allowed or refused something. Tone: ok, no or wait.
type WhyStep struct{ Tone, Title, Detail, Fix string }

// Matrix is a comparison: one column per seller, one row per line or term.
type Matrix struct {
	Corner  string
	Columns []MatrixColumn
	Rows    []MatrixRow
}

// MatrixColumn is one seller's head.
type MatrixColumn struct {
	Name, Note, URL string
	Badge           template.HTML
	Picked          bool
}

// MatrixRow is one line across all sellers.
type MatrixRow struct {
	Label, Note string
	Cells       []MatrixCell
	Total       bool
}

// MatrixCell is one seller's answer. Why says what made it the best.
type MatrixCell struct {
	Text, Note string
	Best       bool
	Why        string
	Missing    bool
	Input      template.HTML // a field, where the reader decides in the matrix
}

// Failure is what the error page says. The edge's problem document has the same fields.
type Failure struct {
	Status                               int
	Title, Detail, Next, Code, RequestID string
	Reasons                              []Ground
}

// Ground is one reason of a refusal, and what would change it.
type Ground struct{ Code, Detail, Fix string }
