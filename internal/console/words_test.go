package console

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// keys are the sentences of one language.
func keys(t *testing.T, lang string) map[string]string {
	t.Helper()
	names, err := filepath.Glob("words/*." + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var some map[string]string
		if err := json.Unmarshal(body, &some); err != nil {
			t.Fatal(err)
		}
		for key, text := range some {
			if out[key] != "" {
				t.Errorf("%s: %q stands in two files", name, key)
			}
			out[key] = text
		}
	}
	return out
}

// TestWords_complete: both languages say the same things, each in its own letters.
func TestWords_complete(t *testing.T) {
	t.Parallel()
	zh, en := keys(t, words.ZH), keys(t, words.EN)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(zh)), slices.Sorted(maps.Keys(en))); diff != "" {
		t.Errorf("keys of one language only (-zh +en):\n%s", diff)
	}
	han := regexp.MustCompile(`\p{Han}`)
	for key, text := range en {
		if han.MatchString(text) || text == "" {
			t.Errorf("en %s: %q", key, text)
		}
	}
	bare := regexp.MustCompile(`(?:^|[^{])\{[^{]`)
	for key, text := range zh {
		if bare.MatchString(text + en[key]) {
			t.Errorf("%s: a gap has two braces on either side", key)
		}
	}
	gap := regexp.MustCompile(`\{\{[^}]*\}\}`)
	for key, text := range zh {
		a, b := gap.FindAllString(text, -1), gap.FindAllString(en[key], -1)
		slices.Sort(a)
		slices.Sort(b)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: gaps differ:\n%s", key, diff)
		}
	}
}

// TestWords_everyKey: each key that a page or a handler names is there, and each that is
// there is named.
func TestWords_everyKey(t *testing.T) {
	t.Parallel()
	zh := keys(t, words.ZH)
	used := map[string]bool{}
	literal := regexp.MustCompile(`"([a-z]+(?:\.[a-zA-Z]+)+|[a-z]+)"`)
	called := regexp.MustCompile(`(?:\.T|say|Done:|Reason) ?\(?"([a-z]+(?:\.[a-zA-Z]+)*)"`)
	for _, pattern := range []string{"*/templates/*.html", "*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range called.FindAllStringSubmatch(string(body), -1) {
				if zh[m[1]] == "" {
					t.Errorf("%s: %q is missing in words/", file, m[1])
				}
			}
			for _, m := range literal.FindAllStringSubmatch(string(body), -1) {
				used[m[1]] = true
			}
		}
	}
	// Made of a prefix and a code.
	made := regexp.MustCompile(`^(access|begin|rule|why|finding|wrong|fact|bool|reason|ledger|report|setting|figure)\.`)
	for key := range zh {
		if !used[key] && !made.MatchString(key) {
			t.Errorf("words/: %q is used nowhere", key)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	both := "工单不存在、已关闭。 The ticket does not exist."
	for lang, want := range map[string]string{words.ZH: "工单不存在、已关闭。", words.EN: "The ticket does not exist."} {
		if diff := cmp.Diff(want, words.Of(lang, both)); diff != "" {
			t.Error(diff)
		}
	}
}
