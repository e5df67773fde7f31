package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// read flattens an event's data. Nested objects other than amounts are left out: a text
// that needs one of them asks for a field of its own in the event.
func read(data []byte) (Payload, error) {
	p := Payload{Values: map[string]string{}, Lists: map[string][]string{}}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // an amount of minor units must not become a float
	var raw map[string]any
	if err := d.Decode(&raw); err != nil {
		return p, fmt.Errorf("event payload: %w", err)
	}
	for k, v := range raw {
		switch v := v.(type) {
		case string, json.Number, bool:
			p.Values[k] = fmt.Sprint(v)
		case map[string]any:
			if amount, ok := v["amount"].(string); ok {
				p.Values[k] = fmt.Sprintf("%s %v", amount, v["currency"])
			}
		case []any:
			for _, e := range v {
				if s, ok := e.(string); ok {
					p.Lists[k] = append(p.Lists[k], s)
				}
			}
		}
	}
	for _, k := range optional {
		if _, ok := p.Values[k]; !ok {
			p.Values[k] = "" // or the reader would see the placeholder
		}
	}
	return p, nil
}

// optional are words that somebody may have left out, and events then do too.
var optional = []string{"note", "reason", "answer"}
