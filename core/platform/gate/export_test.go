package gate

// ProbeLines are the lines that would make each probe's answer yes.
func ProbeLines() []string {
	var out []string
	for _, p := range mustDeny {
		out = append(out, "p, "+p.role+", "+string(p.do))
	}
	return out
}
