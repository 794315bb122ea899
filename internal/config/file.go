package config

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// TOML loads a settings file for kong.Configuration. A key is the name of a
// flag, as in trusted-proxies = ["10.0.0.0/8"]; a table stands for the part of
// the name before a dash, as in [federation] followed by allow-net = "10.0.0.0/8".
func TOML(r io.Reader) (kong.Resolver, error) {
	source := "the settings file"
	if named, ok := r.(interface{ Name() string }); ok {
		source = named.Name()
	}
	var tree map[string]any
	if _, err := toml.NewDecoder(r).Decode(&tree); err != nil {
		return nil, fmt.Errorf("%s is not valid TOML: %w", source, err)
	}
	values := make(map[string]string)
	if err := flatten(values, "", tree); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	if err := refuseUnknown(values); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return file(values), nil
}

// A file is the settings of a TOML file by flag name, as a flag would spell them.
type file map[string]string

// Validate implements kong.Resolver; TOML has checked the keys already.
func (file) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. kong asks for every flag that the command
// line does not set, so it is for us to let variables win.
func (f file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, variable := range flag.Envs {
		if _, ok := os.LookupEnv(variable); ok {
			return nil, nil
		}
	}
	// kong takes an untyped nil, not an empty string, for "says nothing".
	if value, ok := f[flag.Name]; ok {
		return value, nil
	}
	return nil, nil
}

// flatten writes every value below tree under its flag's name.
func flatten(values map[string]string, prefix string, tree map[string]any) error {
	for key, value := range tree {
		name := prefix + key
		if table, ok := value.(map[string]any); ok {
			if err := flatten(values, name+"-", table); err != nil {
				return err
			}
			continue
		}
		text, err := spell(value)
		if err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
		values[name] = text
	}
	return nil
}

// spell writes a value as it would stand after a flag.
func spell(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case int64, bool:
		return fmt.Sprint(value), nil
	case []any:
		parts := make([]string, len(value))
		for i, element := range value {
			text, ok := element.(string)
			if !ok {
				return "", errors.New("must be a list of strings")
			}
			parts[i] = text
		}
		return strings.Join(parts, ","), nil
	default:
		return "", errors.New("must be a string, a whole number, true, false or a list of strings")
	}
}

// refuseUnknown names a key that is no setting, since a slip of the pen would
// otherwise leave a default in force and nobody the wiser.
func refuseUnknown(values map[string]string) error {
	known := names()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no setting %q: correct its name or take it out; the settings are %s",
				name, strings.Join(known, ", "))
		}
	}
	return nil
}

// names lists the settings that a file may hold: all but the file itself.
func names() []string {
	var names []string
	for field := range reflect.TypeFor[Config]().Fields() {
		if name := field.Tag.Get("name"); name != "config" {
			names = append(names, name)
		}
	}
	return names
}
