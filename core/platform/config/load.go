package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/v2"
	"gopkg.in/yaml.v3"

	"github.com/kontorhq/kontor/core/fault"
)

// What can be wrong with a configuration; the fields name each key.
var (
	ErrInvalid = fault.New(fault.Invalid, "config.invalid", "The configuration has a value that cannot be used.").Then("Correct the keys named; `kontor config` prints what is in effect.")
	ErrFile    = fault.New(fault.Invalid, "config.file_unreadable", "The configuration file cannot be read.").Then("Check that it exists and is YAML with one level of keys.")
)

const prefix = "KONTOR_"

// Load reads the configuration. file may be empty; then KONTOR_CONFIG may name one.
func Load(file string) (Config, error) { return load(file, os.Environ) }

func load(file string, environ func() []string) (Config, error) {
	k := koanf.New(".")
	c := Config{from: map[string]string{}}
	for _, s := range settings() {
		k.Set(s.key, s.def) //nolint:errcheck // a plain map takes anything
		c.from[s.key] = "default"
	}
	if file == "" {
		file = lookup(environ(), prefix+"CONFIG")
	}
	if err := c.fromFile(k, file); err != nil {
		return Config{}, err
	}
	if err := c.fromEnv(k, environ); err != nil {
		return Config{}, err
	}
	return c, c.fill(k)
}

func (c *Config) fromFile(k *koanf.Koanf, file string) error {
	if file == "" {
		return nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return ErrFile.With("file", file).Because(err)
	}
	m := map[string]any{}
	if err := yaml.Unmarshal(raw, &m); err != nil {
		return ErrFile.With("file", file).Because(err)
	}
	var check fault.Check
	for key, v := range m {
		check.If(!known(key), key, "unknown", "There is no such key in the configuration.")
		k.Set(key, fmt.Sprint(v)) //nolint:errcheck
		c.from[key] = file
	}
	return check.Or(ErrInvalid)
}

func (c *Config) fromEnv(k *koanf.Koanf, environ func() []string) error {
	return k.Load(env.Provider(".", env.Opt{Prefix: prefix, EnvironFunc: environ, TransformFunc: func(name, value string) (string, any) {
		key := strings.ToLower(strings.TrimPrefix(name, prefix))
		if !known(key) { // others use the prefix too: tests, the embedded database
			return "", nil
		}
		c.from[key] = name
		return key, value
	}}), nil)
}

// fill parses each value into its field and collects all that is wrong.
func (c *Config) fill(k *koanf.Koanf) error {
	var check fault.Check
	v := reflect.ValueOf(c).Elem()
	for _, s := range settings() {
		if err := parse(v.Field(s.index), strings.TrimSpace(k.String(s.key)), s); err != nil {
			check.Add(s.key, "malformed", fmt.Sprintf("%s (from %s) %v.", s.key, c.from[s.key], err))
		}
	}
	c.validate(&check)
	err := check.Or(ErrInvalid)
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.Because(errors.New(summary(f.Fields)))
	}
	return err
}

func summary(fields []fault.Field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Detail)
	}
	return strings.Join(out, " ")
}

// setting is one field of Config by its tags.
type setting struct {
	index     int
	key, help string
	def       string
	oneof     []string
}

func settings() []setting {
	t := reflect.TypeFor[Config]()
	var out []setting
	for i := range t.NumField() {
		f := t.Field(i)
		if key := f.Tag.Get("key"); key != "" {
			out = append(out, setting{i, key, f.Tag.Get("help"), f.Tag.Get("default"), strings.Fields(f.Tag.Get("oneof"))})
		}
	}
	return out
}

func known(key string) bool {
	return slices.ContainsFunc(settings(), func(s setting) bool { return s.key == key })
}

func lookup(environ []string, name string) string {
	for _, e := range environ {
		if k, v, _ := strings.Cut(e, "="); k == name {
			return v
		}
	}
	return ""
}
