package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The languages, Chinese first.
const (
	ZH = "zh"
	EN = "en"
)

//go:embed *.json
var files embed.FS

// Words are all sentences in both languages.
type Words struct{ in map[string]*i18n.Localizer }

// New reads the files.
func New() (*Words, error) {
	bundle := i18n.NewBundle(language.Chinese)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	w := &Words{in: map[string]*i18n.Localizer{}}
	for _, lang := range []string{ZH, EN} {
		names, err := fs.Glob(files, "*."+lang+".json")
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		for _, name := range names {
			if _, err := bundle.LoadMessageFileFS(files, name); err != nil {
				return nil, fmt.Errorf("read words: %w", err)
			}
		}
		w.in[lang] = i18n.NewLocalizer(bundle, lang)
	}
	return w, nil
}

// Say gives a sentence; pairs of name and value fill its gaps. A key that is missing is
// an error, and a test fails for every one that a page uses.
func (w *Words) Say(lang, key string, pairs ...any) (string, error) {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	text, tag, err := w.in[Known(lang)].LocalizeWithTag(&i18n.LocalizeConfig{MessageID: key, TemplateData: data})
	if err != nil {
		return "", err
	}
	if tag.String() != Known(lang) {
		return "", fmt.Errorf("words: %q is missing in %s", key, lang)
	}
	return text, nil
}

// Known is a language that there is: Chinese for any other.
func Known(lang string) string {
	if lang == EN {
		return EN
	}
	return ZH
}

// Of takes the part of a sentence that is in one language: the hub says everything in
// Chinese first and then in English.
func Of(lang, both string) string {
	for _, mark := range []string{"。 ", " · ", "？ ", "！ ", "；"} {
		zh, en, found := strings.Cut(both, mark)
		if !found || en == "" || mark == "；" {
			continue
		}
		if lang == EN {
			return en
		}
		return strings.TrimSpace(zh + strings.TrimSpace(strings.ReplaceAll(mark, "·", "")))
	}
	return both
}
