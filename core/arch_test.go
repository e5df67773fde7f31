package core_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/kontorhq/kontor/"

type pkg struct {
	ImportPath string
	Imports    []string
}

// house asks the go tool for every package of ours and what it imports.
var house = sync.OnceValues(func() (map[string][]string, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./core/...", "./cmd/...", "./deploy/...", "./plugins/...", "./policies/...", "./tenants/...", "./themes/...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
})

func packages(t *testing.T) map[string][]string {
	t.Helper()
	all, err := house()
	if err != nil || len(all) < 80 {
		t.Fatalf("go list: %v, %d packages", err, len(all))
	}
	return all
}

// satellite splits core/sourcing/sourcingdb into core/sourcing and "db".
func satellite(p string) (root, kind string, ok bool) {
	parts := strings.Split(p, "/")
	if len(parts) != 3 || parts[0] != "core" || !slices.Contains(contexts, parts[1]) {
		return "", "", false
	}
	kind, ok = strings.CutPrefix(parts[2], parts[1])
	return "core/" + parts[1], kind, ok && slices.Contains([]string{"db", "http", "pdf", "test"}, kind)
}

func listed(p string) bool {
	if _, ok := rooms[p]; ok {
		return true
	}
	if _, _, ok := satellite(p); ok {
		return true
	}
	name, inCore := strings.CutPrefix(p, "core/")
	return inCore && (slices.Contains(kernel, name) || slices.Contains(contexts, name))
}

func TestEveryPackageIsARoomOfTheHouse(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for p := range all {
		if !listed(p) {
			t.Errorf("%s is no room of the house: list it in rooms_test.go and say what lives there", p)
		}
	}
	for p := range rooms {
		if _, ok := all[p]; !ok {
			t.Errorf("the room %s is empty", p)
		}
	}
}

// kinds of edges that need no line of their own.
func kind(from, to string) (why string, ok bool) {
	name, inCore := strings.CutPrefix(to, "core/")
	switch root, sat, is := satellite(from); {
	case inCore && slices.Contains(kernel, name) && strings.HasPrefix(from, "core/"),
		inCore && slices.Contains(kernel, name) && from == "cmd/bench",
		inCore && slices.Contains(kernel, name) && from == "cmd/kontor":
		return "every room speaks the kernel's words", true
	case from == "core/app":
		return "the composition root knows everybody", true
	case is && to == root:
		return "a satellite serves its own context", true
	case is && sat == "db" && to == "core/platform/pg":
		return "a store stands on the pool", true
	case is && sat == "http" && to == "core/platform/web":
		return "an API is routes", true
	case is && sat == "pdf" && to == "core/platform/pdf":
		return "papers are printed", true
	case is && sat == "test" && (strings.HasPrefix(to, root) || strings.HasPrefix(to, "core/platform/")):
		return "a kit puts its own context up", true
	}
	return "", false
}

func TestRoomsImportWhatTheTableSays(t *testing.T) {
	t.Parallel()
	all, used := packages(t), map[string]bool{}
	for _, from := range slices.Sorted(maps.Keys(all)) {
		for _, to := range all[from] {
			to, ours := strings.CutPrefix(to, module)
			if !ours {
				continue
			}
			if _, ok := kind(from, to); ok {
				continue
			}
			used[from+" "+to] = true
			if edges[from][to] == "" {
				t.Errorf("%s imports %s, for which the table in rooms_test.go has no reason", from, to)
			}
		}
	}
	for from, tos := range edges {
		for to := range tos {
			if !used[from+" "+to] {
				t.Errorf("%s no longer imports %s: take the line out of the table", from, to)
			}
		}
	}
}

func TestNobodyReachesIntoAnothersStoreOrRoutes(t *testing.T) {
	t.Parallel()
	for from, imports := range packages(t) {
		for _, to := range imports {
			to, _ := strings.CutPrefix(to, module)
			root, sat, ok := satellite(to)
			if !ok || from == "core/app" || strings.HasSuffix(from, "test") || strings.HasPrefix(from, root) {
				continue
			}
			t.Errorf("%s imports %s, the %s of another context", from, to, sat)
		}
	}
}

func TestLibrariesStayInTheirRooms(t *testing.T) {
	t.Parallel()
	for from, imports := range packages(t) {
		for _, to := range imports {
			for _, l := range libraries {
				if strings.HasPrefix(to, l.prefix) && !slices.ContainsFunc(l.rooms, func(room string) bool { ok, _ := path.Match(room, from); return ok }) {
					t.Errorf("%s imports %s, which belongs to %v: %s", from, to, l.rooms, l.why)
				}
			}
		}
	}
}

// What the machine is made of must not depend on what it runs. How the world's registers
// make their numbers is no part of the machine: that room stands on the standard library
// alone, and a blueprint's numbers are wrong for the same reasons as a person's.
func TestContentKnowsNothingOfTheMachine(t *testing.T) {
	t.Parallel()
	for from, imports := range packages(t) {
		content := slices.ContainsFunc([]string{"plugins/", "policies", "tenants", "themes"}, func(room string) bool { return strings.HasPrefix(from, room) })
		for _, to := range imports {
			if to, ours := strings.CutPrefix(to, module); ours && content && to != "core/identifier" && (strings.HasPrefix(to, "core/") || strings.HasPrefix(to, "cmd/")) {
				t.Errorf("%s is content and imports %s", from, to)
			}
		}
	}
}
