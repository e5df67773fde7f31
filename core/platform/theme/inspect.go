package theme

import (
	"slices"
	"text/template/parse"
)

// What follows is for tests over the real themes: it looks at them, it renders nothing.

// Locales lists the languages that a theme has texts in.
func (e *Engine) Locales(themeName string) []string { return sortedKeys(e.themes[themeName].texts) }

// Texts gives a locale's keys, each with its placeholders in order.
func (e *Engine) Texts(themeName, locale string) map[string][]string {
	out := map[string][]string{}
	for k, m := range e.themes[themeName].texts[locale].msgs {
		names := slices.Clone(m.names)
		slices.Sort(names)
		out[k] = slices.Compact(names)
	}
	return out
}

// Tokens gives a theme's values: sections "root", "light" and "dark".
func (e *Engine) Tokens(themeName string) map[string]map[string]string {
	return e.themes[themeName].tokens.clone()
}

// UsedTexts lists the keys that a theme's templates ask for by a constant: of t, and of tn.
func (e *Engine) UsedTexts(themeName string) (plain, counted map[string]string) {
	plain, counted = map[string]string{}, map[string]string{}
	for name, tree := range e.themes[themeName].trees {
		if tree == nil || tree.Root == nil {
			continue
		}
		walk(tree.Root, func(c *parse.CommandNode) {
			if len(c.Args) < 2 {
				return
			}
			fn, ok := c.Args[0].(*parse.IdentifierNode)
			key, isText := c.Args[1].(*parse.StringNode)
			switch {
			case !ok || !isText:
			case fn.Ident == "t":
				plain[key.Text] = name
			case fn.Ident == "tn":
				counted[key.Text] = name
			}
		})
	}
	return plain, counted
}

func walk(n parse.Node, visit func(*parse.CommandNode)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				walk(c, visit)
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		walk(n.Pipe, visit)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			visit(c)
			for _, a := range c.Args {
				walk(a, visit)
			}
		}
	}
}

func walkBranch(b *parse.BranchNode, visit func(*parse.CommandNode)) {
	walk(b.Pipe, visit)
	walk(b.List, visit)
	walk(b.ElseList, visit)
}
