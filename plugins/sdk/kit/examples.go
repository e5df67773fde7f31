package kit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Examples are what the kit cannot invent. In a plugin's folder they are the files of
// fixtures/, all JSON:
//
//	settings.json          a tenant's settings; none is {}
//	settings.invalid.json  [{"settings": {...}, "pointer": "/density"}]: what must be refused, and where
//	<service>.<rpc>.json   a request as the contract writes it, without "call": pricing.quote.json has at
//	                       least one line that the plugin prices, logistics.rate.json a consignment that it
//	                       moves, payment.begin.json what it takes money for, payment.payout.json an account
//	logistics.expired.json a booking (BookRequest) of an offer that is past its time
//	outside.json           who plays the outside party, see [Outside]
//
// In settings {{outside}} stands for the address of the outside party, {{secret}} for what it
// signs its messages with.
type Examples struct {
	Settings json.RawMessage
	Invalid  []Invalid
	Requests map[string]json.RawMessage // by "pricing.quote"
	Outside  *Outside
	// Dir is where Outside is started: the folder that holds fixtures/.
	Dir string
	// Address is of an outside party that somebody else has started.
	Address string
	// Fund makes the money of an operation arrive, where no Outside can be told to.
	Fund func(ctx context.Context, operation json.RawMessage) error
}

// Invalid are settings that must be refused with a problem at Pointer.
type Invalid struct {
	Settings json.RawMessage `json:"settings"`
	Pointer  string          `json:"pointer"`
}

// Outside is the program that plays the bank or the carrier, and how it is told what to do.
// Without one the kit plays it itself, see till.go.
type Outside struct {
	// Start is the program and its arguments, started in the plugin's folder. It ends with its
	// standard input. Its first line ends with its address.
	Start []string `json:"start"`
	// Settings is where it gives the settings for the plugin; they go over settings.json.
	Settings string `json:"settings"`
	// Fund is a POST that makes the money of an operation arrive. In the body {{reference}} is
	// the reference that the payer was told.
	Fund struct {
		Path string          `json:"path"`
		Body json.RawMessage `json:"body"`
	} `json:"fund"`
	// Effects is where it lists what it has done, as an array.
	Effects string `json:"effects"`
}

// ReadExamples reads a folder of fixtures; a folder that is not there has none.
func ReadExamples(dir fs.FS) (Examples, error) {
	x := Examples{Requests: map[string]json.RawMessage{}}
	files, err := fs.Glob(dir, "*.json")
	if err != nil {
		return x, err
	}
	for _, name := range files {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return x, err
		}
		switch name {
		case "settings.json":
			x.Settings = b
		case "settings.invalid.json":
			err = json.Unmarshal(b, &x.Invalid)
		case "outside.json":
			x.Outside = &Outside{}
			err = json.Unmarshal(b, x.Outside)
		default:
			if x.Requests[strings.TrimSuffix(name, ".json")] = b; !json.Valid(b) {
				err = errors.New("it is no JSON")
			}
		}
		if err != nil {
			return x, fmt.Errorf("%s: %w", name, err)
		}
	}
	return x, nil
}

// absent is an example that is not there. A plugin that declares a capability has to show
// what it does with it; other examples are its own choice.
type absent struct {
	name     string
	optional bool
}

func (a absent) Error() string {
	return "the example fixtures/" + a.name + ".json is missing"
}

// idle is a check that finds nothing to look at here, and why.
type idle string

func (i idle) Error() string { return string(i) }

// request is the example of that name as a message.
func request[M proto.Message](x Examples, name string, into M) (M, error) {
	b, ok := x.Requests[name]
	if !ok {
		return into, absent{name: name}
	}
	if err := protojson.Unmarshal(b, into); err != nil {
		return into, fmt.Errorf("fixtures/%s.json: %w", name, err)
	}
	return into, nil
}
