package config

import (
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// hidden stands for a secret.
const hidden = "***"

// LogValue is the configuration as it may be logged at the start: complete,
// with passwords masked.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(dump(reflect.ValueOf(c))...)
}

// String keeps secrets out of %v as well.
func (c Config) String() string { return fmt.Sprint(c.LogValue()) }

// GoString keeps them out of %#v.
func (c Config) GoString() string { return c.String() }

func dump(structure reflect.Value) []slog.Attr {
	var attributes []slog.Attr
	for i := range structure.NumField() {
		field, value := structure.Type().Field(i), structure.Field(i)
		switch {
		case field.Type.Kind() == reflect.Struct:
			attributes = append(attributes, slog.Attr{Key: field.Name, Value: slog.GroupValue(dump(value)...)})
		case field.Tag.Get("mask") == "url":
			attributes = append(attributes, slog.String(field.Name, maskURL(value.String())))
		default:
			attributes = append(attributes, slog.Any(field.Name, value.Interface()))
		}
	}
	return attributes
}

// maskURL hides the password of a URL; what is no URL (a libpq connection
// string may hold a password anywhere) is hidden as a whole.
func maskURL(text string) string {
	if text == "" {
		return ""
	}
	address, err := url.Parse(text)
	if err != nil || address.Scheme == "" {
		return hidden
	}
	if _, found := address.User.Password(); found {
		address.User = url.UserPassword(address.User.Username(), hidden)
	}
	query := address.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "pass") || strings.Contains(strings.ToLower(name), "token") {
			query.Set(name, hidden)
		}
	}
	address.RawQuery = query.Encode()
	return address.String()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
