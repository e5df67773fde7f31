package kit

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Report is what came of a run.
type Report struct {
	Plugin  string   `json:"plugin"`
	Version string   `json:"version"`
	Results []Result `json:"results"`
}

// Count says how many results ended so.
func (r Report) Count(o Outcome) (n int) {
	for _, x := range r.Results {
		if x.Outcome == o {
			n++
		}
	}
	return n
}

// OK says whether everything that must hold does.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Results, func(x Result) bool { return x.Outcome == Failed && x.Level == Must })
}

// WriteText writes for a person: a line for each check, and all about the failures.
func (r Report) WriteText(w io.Writer) {
	marks := map[Outcome]string{Passed: "ok  ", Failed: "FAIL", NotRun: "-   "}
	for _, x := range r.Results {
		mark := marks[x.Outcome]
		if x.Outcome == Failed && x.Level == Should {
			mark = "warn"
		}
		fmt.Fprintf(w, "%s %-48s %8s\n", mark, x.Check, x.Took.Round(time.Millisecond))
		switch x.Outcome {
		case NotRun:
			fmt.Fprintf(w, "       not run: %s\n", x.Why)
		case Failed:
			fmt.Fprintf(w, "       %s\n       rule (%s): %s\n", x.Why, x.Level, x.Rule)
			if x.Method != "" {
				fmt.Fprintf(w, "       last call  %s\n       request    %s\n       response   %s\n", x.Method, x.Request, x.Response)
			}
			fmt.Fprintf(w, "       more       kontor plugin docs %s\n", x.Check)
		}
	}
	fmt.Fprintf(w, "%s %s: %d passed, %d failed, %d not run\n", r.Plugin, r.Version, r.Count(Passed), r.Count(Failed), r.Count(NotRun))
}

// WriteJSON writes for a program.
func (r Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

type suite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Cases    []testCase
}

type testCase struct {
	XMLName xml.Name `xml:"testcase"`
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Seconds string   `xml:"time,attr"`
	Failure *remark  `xml:"failure,omitempty"`
	Skipped *remark  `xml:"skipped,omitempty"`
}

type remark struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes for a build server. What only should hold is no failure there.
func (r Report) WriteJUnit(w io.Writer) error {
	s := suite{Name: r.Plugin, Tests: len(r.Results), Skipped: r.Count(NotRun)}
	for _, x := range r.Results {
		area, _, _ := strings.Cut(x.Check, ".")
		c := testCase{Class: r.Plugin + "." + area, Name: x.Check, Seconds: fmt.Sprintf("%.3f", x.Took.Seconds())}
		switch {
		case x.Outcome == NotRun:
			c.Skipped = &remark{Message: x.Why}
		case x.Outcome == Failed && x.Level == Must:
			s.Failures++
			c.Failure = &remark{x.Why, fmt.Sprintf("%s\ncall: %s\nrequest: %s\nresponse: %s", x.Rule, x.Method, x.Request, x.Response)}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
