package kit

func cageChecks() []Check {
	return []Check{
		{Name: "core.net.empty_netns_ok", Level: Must, Needs: Program | Cage, Rule: "The program starts and serves where there is no network: what it needs of the world it asks its host for.", do: caged},
		{Name: "core.fs.read_only_ok", Level: Must, Needs: Program | Cage, Rule: "The program starts and serves where it may write nothing but /tmp, and sees its own folder alone.", do: caged},
	}
}

// caged starts it in the tightest cage there is.
func caged(p *probe) error {
	g, err := p.ready(p, true)
	if err != nil {
		return err
	}
	p.own = append(p.own, g)
	return p.serves(g)
}
