package cage

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// places are where an interpreter is looked for: never where an environment says.
var places = []string{"/usr/local/bin", "/usr/bin", "/bin"}

var errNoInterpreter = errors.New("its interpreter is not on this machine")

// interpreter is who reads the open program, if it is a script: the program and the
// arguments of its first line. The kernel would look for it too, but not by the open file
// once that is closed, nor without a PATH.
func interpreter(fd int) ([]string, error) {
	head := make([]byte, 256)
	n, err := unix.Pread(fd, head, 0)
	if err != nil {
		return nil, err
	}
	line, isScript := bytes.CutPrefix(head[:n], []byte("#!"))
	if !isScript {
		return nil, nil
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) > 1 && filepath.Base(words[0]) == "env" {
		if words = words[1:]; words[0] == "-S" {
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return nil, errNoInterpreter
	}
	candidates := []string{words[0]}
	if !strings.Contains(words[0], "/") {
		candidates = nil
		for _, p := range places {
			candidates = append(candidates, filepath.Join(p, words[0]))
		}
	}
	for _, c := range candidates {
		if info, err := os.Stat(c); err == nil && info.Mode().IsRegular() {
			words[0] = c
			return words, nil
		}
	}
	return nil, errNoInterpreter
}
