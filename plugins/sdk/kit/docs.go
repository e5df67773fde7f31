package kit

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// WriteDocs writes the contract's reference as Markdown, from the contract itself.
func WriteDocs(w io.Writer) error {
	said, err := comments()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "# The contract of plugins, version %s\n\n", sdk.Contract)
	fmt.Fprint(w, starting)
	fmt.Fprint(w, fixtures)
	fmt.Fprintf(w, "\n## Limits\n\n| what | how much |\n|---|---|\n| a message, either way | %d MiB |\n| lines of a request | %d |\n| attributes of an item | %d |\n| one text | %d KiB |\n",
		sdk.MaxMessage>>20, sdk.MaxLines, sdk.MaxAttrs, sdk.MaxText>>10)
	fmt.Fprint(w, "\n## How long the host waits\n\n| call | time |\n|---|---|\n")
	for _, c := range capabilities() {
		for _, name := range slices.Sorted(maps.Keys(c.budgets)) {
			fmt.Fprintf(w, "| %s | %s |\n", name, c.budgets[name])
		}
	}
	files := map[string]protoreflect.FileDescriptor{}
	protoregistry.GlobalFiles.RangeFilesByPackage(contract, func(f protoreflect.FileDescriptor) bool {
		files[f.Path()] = f
		return true
	})
	for _, path := range slices.Sorted(maps.Keys(files)) {
		writeFile(w, files[path], said)
	}
	fmt.Fprint(w, "\n## Checks\n\n`kontor plugin test FOLDER` holds a plugin against these. *should* is a warning.\n\n| check | of | level | rule |\n|---|---|---|---|\n")
	for _, c := range Checks() {
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", c.Name, c.Of, c.Level, c.Rule)
	}
	return nil
}

// WriteCheck writes about one check.
func WriteCheck(w io.Writer, name string) error {
	for _, c := range Checks() {
		if c.Name == name {
			of := c.Of
			if of == "" {
				of = "every plugin"
			}
			fmt.Fprintf(w, "# %s\n\n%s\n\n- concerns: %s\n- level: %s\n- alone: `kontor plugin test FOLDER --only '%s'`\n", c.Name, c.Rule, of, c.Level, c.Name)
			return nil
		}
	}
	return fmt.Errorf("there is no check %q; kontor plugin docs lists them", name)
}

func writeFile(w io.Writer, f protoreflect.FileDescriptor, said map[string]string) {
	fmt.Fprintf(w, "\n## %s\n", strings.TrimSuffix(f.Path()[strings.LastIndex(f.Path(), "/")+1:], ".proto"))
	for i := range f.Services().Len() {
		s := f.Services().Get(i)
		fmt.Fprintf(w, "\n### %s\n\n%s\n\n| call | asks with | is answered by |\n|---|---|---|\n", s.Name(), said[string(s.Name())])
		for j := range s.Methods().Len() {
			m := s.Methods().Get(j)
			fmt.Fprintf(w, "| %s | %s | %s |\n", m.Name(), m.Input().Name(), m.Output().Name())
		}
	}
	for i := range f.Messages().Len() {
		writeMessage(w, f.Messages().Get(i), said)
	}
	for i := range f.Enums().Len() {
		writeEnum(w, f.Enums().Get(i), said)
	}
}

func writeMessage(w io.Writer, m protoreflect.MessageDescriptor, said map[string]string) {
	if m.IsMapEntry() {
		return
	}
	name := strings.TrimPrefix(string(m.FullName()), contract+".")
	fmt.Fprintf(w, "\n#### %s\n\n", name)
	if s := said[string(m.Name())]; s != "" {
		fmt.Fprintf(w, "%s\n\n", s)
	}
	if m.Fields().Len() > 0 {
		fmt.Fprint(w, "| field | no. | is | |\n|---|---|---|---|\n")
	}
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		fmt.Fprintf(w, "| %s | %d | %s | %s |\n", f.Name(), f.Number(), kindOf(f), said[string(m.Name())+"."+string(f.Name())])
	}
	for i := range m.Messages().Len() {
		writeMessage(w, m.Messages().Get(i), said)
	}
	for i := range m.Enums().Len() {
		writeEnum(w, m.Enums().Get(i), said)
	}
}

func writeEnum(w io.Writer, e protoreflect.EnumDescriptor, said map[string]string) {
	fmt.Fprintf(w, "\n#### %s\n\n", strings.TrimPrefix(string(e.FullName()), contract+"."))
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		line := fmt.Sprintf("- `%s` = %d", v.Name(), v.Number())
		if s := said[string(e.Name())+"."+string(v.Name())]; s != "" {
			line += ": " + s
		}
		fmt.Fprintln(w, line)
	}
}

func kindOf(f protoreflect.FieldDescriptor) string {
	kind := f.Kind().String()
	switch {
	case f.IsMap():
		return "map of " + f.MapKey().Kind().String() + " to " + f.MapValue().Kind().String()
	case f.Message() != nil:
		kind = string(f.Message().Name())
	case f.Enum() != nil:
		kind = string(f.Enum().Name())
	}
	if f.IsList() {
		return "list of " + kind
	}
	return kind
}

var (
	opens = regexp.MustCompile(`^\s*(?:service|message|enum)\s+(\w+)`)
	field = regexp.MustCompile(`^\s*(?:[\w.<>, ]+\s)?(\w+)\s*=\s*\d+;\s*(?://\s*(.*))?$`)
)

// comments reads what the contract's files say about services, messages and fields:
// descriptors in a program have none.
func comments() (map[string]string, error) {
	out := map[string]string{}
	names, err := fs.Glob(wire.Sources, "*.proto")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(wire.Sources, name)
		if err != nil {
			return nil, err
		}
		var above, inside []string
		for line := range strings.Lines(string(b)) {
			line = strings.TrimRight(line, "\n")
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "//"); ok {
				above = append(above, strings.TrimSpace(text))
				continue
			}
			if m := opens.FindStringSubmatch(line); m != nil {
				out[m[1]] = strings.Join(above, " ")
				if !strings.Contains(line, "}") {
					inside = append(inside, m[1])
				}
			} else if m := field.FindStringSubmatch(line); m != nil && len(inside) > 0 {
				out[inside[len(inside)-1]+"."+m[1]] = m[2]
			} else if strings.TrimSpace(line) == "}" && len(inside) > 0 {
				inside = inside[:len(inside)-1]
			} else if strings.Contains(line, "oneof") {
				inside = append(inside, append([]string{""}, inside...)[len(inside)])
			}
			above = nil
		}
	}
	return out, nil
}

const starting = "A plugin is a program. It is started by the host and speaks gRPC over a Unix socket.\n\n" +
	"1. Without `KONTOR_PLUGIN=b7c1f2e0-kontor` in the environment it says that it is started by the marketplace, and ends with an error.\n" +
	"2. It makes its socket in the folder `PLUGIN_UNIX_SOCKET_DIR`.\n" +
	"3. If `PLUGIN_CLIENT_CERT` is set (PEM), it makes a P-256 certificate of its own for `localhost`, and requires and trusts exactly that client certificate.\n" +
	"4. It serves `grpc.health.v1.Health` (the service `plugin` is SERVING), `plugin.GRPCController/Shutdown`, `plugin.GRPCStdio/StreamStdio` (held open), `kontor.plugin.v1.Lifecycle` and what it is capable of.\n" +
	"5. It prints one line to standard output and flushes: `1|1|unix|PATH|grpc|CERT`, CERT being its certificate (DER) in base64 without padding, empty without TLS.\n" +
	"6. From then on standard output goes to standard error. A line there is a JSON object with `@level`, `@message` and `@timestamp`.\n" +
	"7. It keeps to the deadline of each call, and refuses with a `PluginError` as a detail of the status.\n" +
	"8. It ends when it is asked to shut down, and, with `KONTOR_PLUGIN_WATCH=stdin`, when its standard input does: then its host is gone.\n" +
	"9. With `KONTOR_PLUGIN_SELFTEST=print` it prints a line of 131072 bytes at `Init`, the way its language prints: the kit looks whether that stops anybody.\n"

const fixtures = "\n## Examples\n\nWhat the kit cannot invent it finds in `fixtures/` beside the manifest, as JSON.\n\n| file | holds |\n|---|---|\n" +
	"| `settings.json` | a tenant's settings; `{{outside}}` stands for the address of the bank and carrier that the kit plays, `{{secret}}` for what they sign with |\n" +
	"| `settings.invalid.json` | a list of `{\"settings\": {…}, \"pointer\": \"/x\"}`: what must be refused, and where |\n" +
	"| `service.rpc.json` | a request as the contract writes it, without `call`: `pricing.quote`, `logistics.rate`, `payment.begin`, `payment.payout` |\n" +
	"| `logistics.expired.json` | a booking of an offer that is past its time |\n" +
	"| `outside.json` | `start`: a program that plays the outside party instead, whose first line ends with its address; `settings`: where it gives settings; `fund`: `path` and `body` " +
	"of a POST that makes money arrive (`{{reference}}`); `effects`: where it lists what it has done |\n"
