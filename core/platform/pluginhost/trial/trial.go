// Package trial runs the conformance kit on a plugin's folder.
package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// Run tries a plugin that nobody has looked at yet: whatever of it is started, is started in
// the tightest cage, and nothing that its examples name is run. Checks of many seconds are
// left out.
func Run(ctx context.Context, dir string) ([]kit.Result, error) {
	t := Target(ctx, dir)
	if t.Hold == nil {
		return nil, pluginhost.ErrTier.With("tier", cage.Sealed.String()).With("why", "what is not known yet is not started without it")
	}
	t.Held = true
	x, err := kit.ReadExamples(os.DirFS(filepath.Join(dir, "fixtures")))
	if err != nil {
		return nil, pluginhost.ErrManifest.With("why", "fixtures/"+err.Error()).Because(err)
	}
	x.Outside, x.Address, x.Dir = nil, "", ""
	b, err := kit.Open(ctx, t, x)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var out []kit.Result
	for _, c := range b.Checks() {
		if c.Needs&kit.Long == 0 {
			out = append(out, b.Try(ctx, c))
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if err := b.Dead(); err != nil {
		out = append(out, kit.Result{Check: "core.handshake.within_10s", Level: kit.Must, Outcome: kit.Failed, Why: err.Error()})
	}
	return out, nil
}

// Target is a sealed folder as the kit sees it.
func Target(ctx context.Context, dir string) kit.Target {
	m, err := pluginhost.ReadManifest(dir)
	facts := &kit.Manifest{ID: m.ID, Version: m.Version, Capabilities: map[string][]string{}, Memory: m.Memory()}
	for name, c := range m.Capabilities {
		facts.Capabilities[name] = c.Features
	}
	for _, s := range m.Secrets {
		facts.Secrets = append(facts.Secrets, s.Name)
	}
	if err == nil {
		facts.Digests = complete(m, dir)
	} else {
		facts.Broken = errors.New(fault.From(err).Text())
	}
	t := kit.Target{Program: filepath.Join(dir, m.Program()), Args: m.Runtime.Args, Dir: dir, Manifest: facts}
	if _, err := cage.Look(ctx, cage.Spec{Tier: cage.Sealed}, cage.Question{}); err == nil {
		t.Hold = func(program *os.File, meet string, env []string) (*exec.Cmd, error) {
			s := m.Cage(cage.Sealed)
			s.Meet = meet
			return cage.Command(s, program, append(env, "HOME=/tmp", "TMPDIR=/tmp"))
		}
	}
	return t
}

// complete says which file the manifest has forgotten, or has another of.
func complete(m pluginhost.Manifest, dir string) error {
	if err := m.Verify(); err != nil {
		return err
	}
	names, err := pluginhost.Contents(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if m.Files[n] == "" {
			return fmt.Errorf("the manifest does not name %s", n)
		}
	}
	return nil
}
