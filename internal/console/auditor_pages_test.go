package console_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/bundle"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// asksEverything asks each of the saved questions once: every one answers, leads on,
// and can be saved with a watermark; no address says who or which child.
func asksEverything(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	c := plain(t, hub)
	c.signIn("auditor")
	search := c.see("/log")
	asked := linked(search, "/log/found/")
	if len(asked) != 11 {
		t.Errorf("%d questions of one click, want 11", len(asked))
	}
	raw := regexp.MustCompile(`>[A-Z][A-Z]+_[A-Z_]+<`)
	answered := 0
	for _, q := range asked {
		page := c.see(q)
		if found := raw.FindString(inMain(page)); found != "" {
			t.Errorf("a code is shown raw: %s", found)
		}
		if strings.Contains(page, "<tbody>") {
			answered++
			for _, save := range linked(page, "/log/found/") {
				if strings.HasSuffix(save, "/save") {
					if _, body, h := c.send("GET", save, nil); !strings.Contains(body, "访问审计") || !strings.HasPrefix(h.Get("Content-Type"), "text/csv") {
						t.Errorf("saved without watermark: %.200s", body)
					}
				}
			}
		}
	}
	if answered < 7 {
		t.Errorf("only %d questions have an answer in the demo year", answered)
	}
	page := c.submit(search, "/log/find", map[string]string{"staffCode": hub.Caller(t, "director").StaffCode, "purpose": "VISIT", "from": "2026-10-01"})
	c.holds(page, "定期走访", hub.Caller(t, "director").StaffCode)
	kept := linked(page, "/log/saved/")[0]
	c.holds(c.see(kept), "定期走访")
	other := plain(t, hub)
	other.signIn("dpo")
	if status, _, _ := other.send("GET", kept, nil); status != http.StatusNotFound {
		t.Errorf("a kept question opens for somebody else: %d", status)
	}
	c.holds(c.submit(c.see("/people"), "/people", map[string]string{"staffCode": hub.Caller(t, "director").StaffCode}), "2026年的访问", "<svg")
	c.holds(c.submit(c.see("/log/children"), "/log/children", map[string]string{
		"agencyCode": "nobody", "kind": "CITIZEN_ID", "token": strings.Repeat("0", 64), "statement": "核对一名监护人提出的问题。",
	}), "problem")
}

// submit fills in a form by its address and sends it; whatever comes back is shown.
func (c *client) submit(page, action string, values map[string]string) string {
	c.Helper()
	m := regexp.MustCompile(`(?s)<form method="post" action="` + regexp.QuoteMeta(action) + `".*?</form>`).FindString(page)
	if m == "" {
		c.Fatalf("the page has no form for %s", action)
	}
	sent := hidden(m)
	for name, value := range values {
		sent.Set(name, value)
	}
	_, next, _ := c.send("POST", action, sent)
	return next
}

// verifies uploads a bundle that is sound, one with a changed byte, and garbage.
func verifies(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	var sound bytes.Buffer
	if err := audit.Read(t.Context(), hub.DB, func(x *audit.Excerpt) error {
		return bundle.Export(t.Context(), x, &sound, bundle.Order{From: 0, To: 400, Details: true})
	}); err != nil {
		t.Fatal(err)
	}
	c := plain(t, hub)
	c.signIn("auditor")
	bent := bytes.Clone(sound.Bytes())
	bent[len(bent)/2] ^= 1
	for name, upload := range map[string]struct {
		body []byte
		key  string
		want []string
	}{
		"sound":       {sound.Bytes(), "", []string{"审计包完整", "400条", "枢纽自己的公钥"}},
		"changed":     {bent, "", []string{"不符", `role="alert"`}},
		"cut":         {sound.Bytes()[:sound.Len()/2], "", []string{"不符"}},
		"garbage":     {bytes.Repeat([]byte("no bundle\n"), 1000), "", []string{"这不是审计包"}},
		"nothing":     {nil, "", []string{"没有收到文件"}},
		"another key": {sound.Bytes(), "no key", []string{"公钥无法读取"}},
		"zeros":       {make([]byte, 65<<20), "", []string{"这不是审计包"}},
	} {
		page := c.upload("/verify", upload.key, upload.body)
		for _, want := range upload.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: lacks %q: %.600s", name, want, inMain(page))
			}
		}
	}
}

// upload sends a file as the form of the page does.
func (c *client) upload(path, key string, file []byte) string {
	c.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormField("key")
	if err == nil {
		_, err = part.Write([]byte(key))
	}
	if err == nil {
		part, err = form.CreateFormFile("bundle", "bundle")
	}
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || form.Close() != nil {
		c.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(c.Context()), "POST", c.hub.URL+path, &body)
	if err != nil {
		c.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	got, err := c.http.Do(request)
	if err != nil {
		c.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read to the end
	var page bytes.Buffer
	if _, err := page.ReadFrom(got.Body); err != nil {
		c.Fatal(err)
	}
	return page.String()
}

// TestReading_noIdentifierInAddresses is held by the templates: what they put into an
// address is sealed.
func TestReading_noIdentifierInAddresses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("auditor/templates/*.html")
	if err != nil || len(files) < 10 {
		t.Fatal(err, len(files))
	}
	inAddress := regexp.MustCompile(`(?:href|action)="[^"]*(?:Staff|Person|Ticket|Pseudonym|EntryId)\b[^"]*"`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := inAddress.Find(text); found != nil {
			t.Errorf("%s: %s", file, found)
		}
	}
}
