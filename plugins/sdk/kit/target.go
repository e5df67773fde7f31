package kit

import (
	"os"
	"os/exec"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// Target is the plugin under test: a program, or a value in this process.
type Target struct {
	Plugin *sdk.Plugin // in this process; then the rest is not looked at

	Program string   // the file to launch
	Args    []string // what follows its name
	Dir     string   // its folder, which is where it starts
	// Manifest is what the folder says of the program; nil where there is only a program.
	Manifest *Manifest
	// Hold makes the command that starts the open program in the tightest cage that this
	// machine has; meet is the folder where it makes its socket. Nil: there is none.
	Hold func(program *os.File, meet string, env []string) (*exec.Cmd, error)
	// Held has every start in that cage, and not only where a check asks for it: the program is
	// somebody else's, and nobody has looked at it yet.
	Held bool
}

// Manifest is what the kit looks at of one. Who reads manifests fills it in.
type Manifest struct {
	ID, Version  string
	Capabilities map[string][]string
	Memory       int64    // bytes that the plugin promises to do with
	Secrets      []string // settings that must never be seen in a log
	Broken       error    // why it cannot be used at all
	Digests      error    // which file is not the one that it names
}
