package wire_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
)

// Readers in other languages: they get a name and a message in each line, and answer with
// what they would send on.
const (
	inPython = `
import base64, os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.getcwd())
import kontor_plugin as k
for line in sys.stdin:
    name, text = line.split()
    m = k._class(k.PACKAGE + name).FromString(base64.b64decode(text))
    print(name, base64.b64encode(m.SerializeToString()).decode())
`
	inNode = `
const { contract } = require(process.cwd() + '/kontor-plugin.js');
const known = {};
for (const s of Object.values(contract)) for (const m of Object.values(s)) if (m && m.requestType) {
  known[m.requestType.type.name] = [m.requestDeserialize, m.requestSerialize];
  known[m.responseType.type.name] = [m.responseDeserialize, m.responseSerialize];
}
for (const line of require('fs').readFileSync(0, 'utf8').split('\n')) {
  const [name, text] = line.split(' ');
  if (known[name]) console.log(name, known[name][1](known[name][0](Buffer.from(text, 'base64'))).toString('base64'));
}
`
)

func TestOtherLanguagesReadTheCorpus(t *testing.T) {
	t.Parallel()
	for lang, c := range map[string]struct {
		command []string
		least   int  // messages that it knows by name
		keeps   bool // what it does not know
	}{
		"python": {[]string{"/usr/bin/python3", "-c", inPython}, 60, true},
		"node":   {[]string{"node", "-e", inNode}, 30, false},
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			var in bytes.Buffer
			for name := range published(t) {
				name = strings.TrimPrefix(name, "kontor.plugin.v1.")
				raw, err := os.ReadFile(filepath.Join(corpus, name+".binpb"))
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(&in, name, base64.StdEncoding.EncodeToString(append(raw, strange()...)))
			}
			cmd := exec.Command(c.command[0], c.command[1:]...)
			cmd.Dir, cmd.Stdin = "../../../examples/"+lang, &in
			var said bytes.Buffer
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: make test-tools fetches what it stands on\n%s", err, said.String())
			}
			read := 0
			for line := range strings.Lines(string(out)) {
				read++
				name, text, _ := strings.Cut(strings.TrimSpace(line), " ") // an empty message is an empty text
				through(t, name, text, c.keeps)
			}
			if read < c.least {
				t.Errorf("%d messages were read", read)
			}
		})
	}
}

func through(t *testing.T, name, text string, keeps bool) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(corpus, name+".binpb"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	was, is := current(t, "kontor.plugin.v1."+name), current(t, "kontor.plugin.v1."+name)
	if err := proto.Unmarshal(raw, was); err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(got, is); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if kept := bytes.Contains(is.ProtoReflect().GetUnknown(), strange()); keeps && !kept {
		t.Errorf("%s: what was not known is lost", name)
	}
	is.ProtoReflect().SetUnknown(nil)
	if !proto.Equal(was, is) {
		t.Errorf("%s was\n%v\nand came through as\n%v", name, was, is)
	}
}
