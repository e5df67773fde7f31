package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// sample is one run of one scenario.
type sample struct {
	tally
	product  time.Duration // processor time of the program itself
	database time.Duration // and of PostgreSQL
}

func (s sample) perOp(d time.Duration) float64 {
	if s.good == 0 {
		return 0
	}
	return float64(d.Microseconds()) / 1000 / float64(s.good)
}

// figure is a line of bench.json.
type figure struct {
	Name       string  `json:"name"`
	What       string  `json:"what"`
	Value      float64 `json:"value"`
	Unit       string  `json:"unit"`
	Baseline   string  `json:"baseline,omitempty"`
	Ratio      float64 `json:"ratio,omitempty"`
	Budget     float64 `json:"budget,omitempty"`
	OK         bool    `json:"ok"`
	CPU        float64 `json:"cpu_ms,omitempty"`
	CPUDB      float64 `json:"postgres_cpu_ms,omitempty"`
	P50        float64 `json:"p50_ms,omitempty"`
	P95        float64 `json:"p95_ms,omitempty"`
	Bad        int     `json:"bad,omitempty"`
	BadExample string  `json:"bad_example,omitempty"`
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	if len(v)%2 == 1 {
		return v[len(v)/2]
	}
	return (v[len(v)/2-1] + v[len(v)/2]) / 2
}

func over(rounds []sample, f func(sample) float64) float64 {
	v := make([]float64, len(rounds))
	for i, s := range rounds {
		v[i] = f(s)
	}
	return median(v)
}

// summarise takes the median of each figure, and of the ratios of each round, not the
// ratio of medians: a slow moment of the machine slows both.
func summarise(s scenario, rounds, base []sample) figure {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	f := figure{
		Name: s.name, What: s.what, Unit: "1/s", Value: over(rounds, sample.perSecond), Baseline: s.of, Budget: s.budget, OK: true,
		CPU: over(rounds, func(x sample) float64 { return x.perOp(x.product) }), CPUDB: over(rounds, func(x sample) float64 { return x.perOp(x.database) }),
		P50: over(rounds, func(x sample) float64 { return ms(x.quantile(0.5)) }), P95: over(rounds, func(x sample) float64 { return ms(x.quantile(0.95)) }),
	}
	for _, r := range rounds {
		f.Bad += r.bad
		if f.BadExample == "" {
			f.BadExample = r.sample
		}
	}
	if s.of != "" {
		var ratios []float64
		for i := range min(len(rounds), len(base)) {
			if b := base[i].rate(); b > 0 {
				ratios = append(ratios, rounds[i].rate()/b)
			}
		}
		f.Ratio = median(ratios)
		f.OK = f.Ratio >= s.budget
	}
	f.OK = f.OK && f.Bad == 0
	return f
}

func (s sample) perSecond() float64 { return s.rate() }

// limit is a figure that must not be above its budget.
func limit(name, what, unit string, value, budget float64) figure {
	return figure{Name: name, What: what, Unit: unit, Value: value, Budget: budget, OK: budget == 0 || value < budget}
}

func table(w io.Writer, all []figure) {
	fmt.Fprintf(w, "\n%-12s %-62s %10s %-5s %-7s %6s %6s %9s %9s %8s %8s\n", "", "", "value", "unit", "of", "ratio", "budget", "cpu ms", "pg ms", "p50 ms", "p95 ms")
	for _, f := range all {
		mark := "ok"
		if !f.OK {
			mark = "MISSED"
		}
		if f.Budget == 0 && f.OK {
			mark = ""
		}
		fmt.Fprintf(w, "%-12s %-62s %10.1f %-5s %-7s %6s %6s %9s %9s %8s %8s %s\n", f.Name, f.What, f.Value, f.Unit, f.Baseline, some(f.Ratio, 2), some(f.Budget, 2), some(f.CPU, 3), some(f.CPUDB, 3), some(f.P50, 2), some(f.P95, 2), mark)
		if f.Bad > 0 {
			fmt.Fprintf(w, "             %d bad answers, such as %s\n", f.Bad, f.BadExample)
		}
	}
}

func some(v float64, digits int) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.*f", digits, v)
}

func writeJSON(file string, all []figure) error {
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644) //nolint:gosec // figures for everybody
}
