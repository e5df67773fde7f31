package wire_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// publish writes down what has been published. It is done once for each minor version, when
// the first plugin may have been built with it; what is written then never changes:
// the corpus keeps what it has. The examples in other languages get a copy of the image.
var publish = flag.Bool("publish", false, "write the image and the corpus of the contract")

const (
	image  = "testdata/contract.binpb"
	corpus = "testdata/corpus"
)

// buf is fetched by make test-tools.
func buf(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	at, err := filepath.Abs("../../../../deploy/contract/node_modules/.bin/buf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at); err != nil {
		t.Fatalf("buf is not here, make test-tools fetches it: %v", err)
	}
	c := exec.Command(at, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// written is the contract's source as buf wants to see it, with one text for another.
func written(t *testing.T, old, now string) string {
	t.Helper()
	dir := t.TempDir()
	src := filepath.Join(dir, "src", "kontor", "plugin", "v1")
	config := "version: v2\nmodules: [{path: src}]\nbreaking: {use: [FILE]}\n"
	if err := errors.Join(os.MkdirAll(src, 0o755), os.WriteFile(filepath.Join(dir, "buf.yaml"), []byte(config), 0o600)); err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(wire.Sources, "*.proto")
	if err != nil || len(names) < 6 {
		t.Fatal(err, names)
	}
	found := old == ""
	for _, n := range names {
		b, err := fs.ReadFile(wire.Sources, n)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(b, []byte(old))
		if err := os.WriteFile(filepath.Join(src, n), []byte(strings.Replace(string(b), old, now, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("no file of the contract says %q", old)
	}
	return dir
}

func TestWhatIsPublishedIsNeverBroken(t *testing.T) {
	t.Parallel()
	against, err := filepath.Abs(image)
	if err != nil {
		t.Fatal(err)
	}
	if *publish {
		if out, err := buf(t, written(t, "", ""), "build", "--exclude-source-info", "-o", against); err != nil {
			t.Fatal(out, err)
		}
	}
	if out, err := buf(t, written(t, "", ""), "breaking", "--against", against); err != nil {
		t.Errorf("plugins that were built before would not work any more:\n%s", out)
	}
	for name, c := range map[string][2]string{
		"a number changes":    {"string tenant_id = 1;", "string tenant_id = 21;"},
		"a type changes":      {"int64 minor = 2;", "int32 minor = 2;"},
		"a field goes":        {"  string upstream_ref = 8;\n", ""},
		"a call goes":         {"  rpc Track(TrackRequest) returns (TrackReply);\n", ""},
		"a value goes":        {"  FORMULA = 8;\n", ""},
		"a field is renamed":  {"string carrier_ref = 4;", "string waybill = 4;"},
		"an answer is others": {"rpc Quote(QuoteRequest) returns (QuoteReply);", "rpc Quote(QuoteRequest) returns (RepriceReply);"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := buf(t, written(t, c[0], c[1]), "breaking", "--against", against)
			if err == nil || !strings.Contains(out, ".proto:") {
				t.Errorf("nobody noticed: %v %s", err, out)
			}
		})
	}
}

func TestWhatIsAddedIsNoBreach(t *testing.T) {
	t.Parallel()
	against, err := filepath.Abs(image)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := buf(t, written(t, "bool dry_run = 9;", "bool dry_run = 9;\n  string more = 20;"), "breaking", "--against", against); err != nil {
		t.Errorf("%v %s", err, out)
	}
}

// published are the messages of the image, with its own idea of them.
func published(t *testing.T) map[string]protoreflect.MessageDescriptor {
	t.Helper()
	b, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(b, &set); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]protoreflect.MessageDescriptor{}
	var add func(protoreflect.MessageDescriptors)
	add = func(ms protoreflect.MessageDescriptors) {
		for i := range ms.Len() {
			if m := ms.Get(i); !m.IsMapEntry() {
				out[string(m.FullName())] = m
				add(m.Messages())
			}
		}
	}
	files.RangeFilesByPackage("kontor.plugin.v1", func(f protoreflect.FileDescriptor) bool {
		add(f.Messages())
		return true
	})
	if len(out) < 40 {
		t.Fatalf("the image has %d messages", len(out))
	}
	return out
}

// full has something in every field.
func full(m protoreflect.Message, depth int) proto.Message {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case depth > 6:
		case f.IsMap():
			m.Mutable(f).Map().Set(protoreflect.ValueOfString("key").MapKey(), protoreflect.ValueOfString("value "+string(f.Name())))
		case f.IsList() && f.Message() != nil:
			full(m.Mutable(f).List().AppendMutable().Message(), depth+1)
		case f.IsList():
			m.Mutable(f).List().Append(protoreflect.ValueOfString("one " + string(f.Name())))
		case f.Message() != nil:
			full(m.Mutable(f).Message(), depth+1)
		default:
			m.Set(f, some(f))
		}
	}
	return m.Interface()
}

func some(f protoreflect.FieldDescriptor) protoreflect.Value {
	n := int64(f.Number())
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("text " + string(f.Name()))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("bytes " + f.Name()))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(f.Enum().Values().Get(f.Enum().Values().Len() - 1).Number())
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(n) * 1001)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(n) * 1001)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(n) * 10_000_000_019)
	default:
		return protoreflect.ValueOfInt64(n * 10_000_000_019)
	}
}

var same = proto.MarshalOptions{Deterministic: true}

func current(t *testing.T, name string) proto.Message {
	t.Helper()
	mt, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
	if err != nil {
		t.Fatalf("%s was published: %v", name, err)
	}
	return mt.New().Interface()
}

func strange() []byte {
	return protowire.AppendString(protowire.AppendTag(nil, 19001, protowire.BytesType), "of a later minor")
}

// The corpus are messages as the first plugins sent them. They are read today as they were
// then, field by field, and written as the same bytes.
func TestOldMessagesAreReadAsTheyWereMeant(t *testing.T) {
	t.Parallel()
	if *publish {
		if err := os.MkdirAll(corpus, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, d := range published(t) {
		at := filepath.Join(corpus, strings.TrimPrefix(name, "kontor.plugin.v1.")+".binpb")
		if _, err := os.Stat(at); *publish && err != nil {
			b, err := same.Marshal(full(dynamicpb.NewMessage(d), 0))
			if err := errors.Join(err, os.WriteFile(at, b, 0o644)); err != nil { //nolint:gosec // to be committed
				t.Fatal(err)
			}
		}
		raw, err := os.ReadFile(at)
		if err != nil {
			t.Errorf("%s is in no corpus: %v", name, err)
			continue
		}
		now := current(t, name)
		if err := proto.Unmarshal(raw, now); err != nil {
			t.Errorf("%s cannot be read any more: %v", name, err)
			continue
		}
		if again, err := same.Marshal(now); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%s is written otherwise now (%v)", name, err)
		}
		then := dynamicpb.NewMessage(d)
		if err := proto.Unmarshal(raw, then); err != nil {
			t.Fatal(err)
		}
		then.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			g := now.ProtoReflect().Descriptor().Fields().ByName(f.Name())
			if g == nil || !now.ProtoReflect().Has(g) || now.ProtoReflect().Get(g).String() != v.String() && f.Message() == nil && f.Enum() == nil && !f.IsList() {
				t.Errorf("%s.%s meant %v, which is lost", name, f.Name(), v)
			}
			return true
		})
	}
}

// Between two that know more may stand one that knows less: what it does not know goes
// through it.
func TestWhatIsNotKnownGoesThrough(t *testing.T) {
	t.Parallel()
	for name, d := range published(t) {
		raw, err := same.Marshal(full(current(t, name).ProtoReflect(), 0))
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, strange()...)
		older := dynamicpb.NewMessage(d)
		if err := proto.Unmarshal(raw, older); err != nil {
			t.Errorf("%s: one of the first cannot read it: %v", name, err)
			continue
		}
		through, err := same.Marshal(older)
		if err != nil {
			t.Fatal(err)
		}
		before, after := current(t, name), current(t, name)
		if err := errors.Join(proto.Unmarshal(raw, before), proto.Unmarshal(through, after)); err != nil || !proto.Equal(before, after) {
			t.Errorf("%s came through otherwise: %v", name, err)
		}
		if !bytes.Contains(after.ProtoReflect().GetUnknown(), strange()) {
			t.Errorf("%s came through without what was not known", name)
		}
	}
}
