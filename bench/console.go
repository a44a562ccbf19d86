package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tongxin-hub/tongxin/bench/process"
)

// consoleCommand measures pages: people sign in to the demo and open what they open all
// day, all at once.
type consoleCommand struct {
	Dir     string        `default:"data/bench" help:"Where the demo's database lies; a directory console under it." type:"path"`
	Tongxin string        `default:"bin/tongxin" help:"The hub's binary." type:"path"`
	Clients int           `default:"8" help:"People at once."`
	For     time.Duration `default:"10s" help:"How long they open pages."`
	Quick   bool          `help:"Two seconds."`
}

// pageKind is a page that is measured: who opens it, and how it is found.
type pageKind struct {
	name, role, path string
	// link finds the page on the one at path, nil for that one itself.
	link *regexp.Regexp
}

func pageKinds() []pageKind {
	child := regexp.MustCompile(`href="(/w/[^"]+)"`)
	return []pageKind{
		{name: "inbox", role: "DIR", path: "/"},
		{name: "child, dropout prevention", role: "DPS", path: "/ledgers/SCHOOL_AGE", link: child},
		{name: "child, visit", role: "DIR", path: "/children", link: child},
		{name: "ledger", role: "DPS", path: "/ledgers/SCHOOL_AGE"},
		{name: "review list", role: "AUD", path: "/reviews"},
	}
}

// Run starts the demo, signs everybody in and prints the table.
func (c *consoleCommand) Run(ctx context.Context) (err error) {
	if c.Quick {
		c.For = 2 * time.Second
	}
	addr, err := process.FreeAddr(ctx)
	if err != nil {
		return err
	}
	dir := filepath.Join(c.Dir, "console")
	hub, err := process.Start(process.Command{
		Name: "console", Path: c.Tongxin, LogDir: filepath.Join(c.Dir, "log"),
		Args: []string{"demo", "--data-dir=" + dir, "--listen=" + addr, "--caller-rate=1000000", "--caller-burst=1000000"},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Stop()) }()
	base := "http://" + addr
	if err := hub.Until(ctx, 5*time.Minute, func(ctx context.Context) error {
		_, err := (&visitor{http: http.DefaultClient, base: base}).get(ctx, "/readyz")
		return err
	}); err != nil {
		return err
	}
	visitors := make([]*visitor, c.Clients)
	for i := range visitors {
		if visitors[i], err = newVisitor(ctx, base); err != nil {
			return err
		}
	}
	return c.measure(ctx, visitors)
}

// measure lets everybody open pages at once, each kind in turn.
func (c *consoleCommand) measure(ctx context.Context, visitors []*visitor) error {
	ctx, cancel := context.WithTimeout(ctx, c.For+time.Minute)
	defer cancel()
	end := time.Now().Add(c.For)
	errs := make([]error, len(visitors))
	var all sync.WaitGroup
	for i, v := range visitors {
		all.Go(func() {
			for n := i; time.Now().Before(end) && errs[i] == nil; n++ {
				errs[i] = v.open(ctx, n%len(pageKinds()))
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stdout, "\n## Pages of the console, %d people at once\n\nThe demo district; each page is whole when it arrives, with the operations behind it recorded.\n\n| page | opened | p50 ms | p95 ms | longest ms | KB |\n|---|---:|---:|---:|---:|---:|\n", len(visitors))
	for k, kind := range pageKinds() {
		var took []time.Duration
		size := 0
		for _, v := range visitors {
			took, size = append(took, v.took[k]...), max(size, v.size[k])
		}
		if len(took) == 0 {
			continue
		}
		slices.Sort(took)
		_, _ = fmt.Fprintf(os.Stdout, "| %s | %d | %.1f | %.1f | %.1f | %d |\n", kind.name, len(took),
			ms(took[len(took)/2]), ms(took[min(len(took)*95/100, len(took)-1)]), ms(took[len(took)-1]), (size+1023)/1024)
	}
	return nil
}

// visitor is one person at each of the desks, with a browser for each.
type visitor struct {
	http  *http.Client
	base  string
	desks map[string]*visitor
	paths []string
	took  [][]time.Duration
	size  []int
}

func newVisitor(ctx context.Context, base string) (*visitor, error) {
	v := &visitor{base: base, desks: map[string]*visitor{}, took: make([][]time.Duration, len(pageKinds())), size: make([]int, len(pageKinds()))}
	for _, kind := range pageKinds() {
		if v.desks[kind.role] == nil {
			desk, err := signIn(ctx, base, kind.role)
			if err != nil {
				return nil, fmt.Errorf("sign %s in: %w", kind.role, err)
			}
			v.desks[kind.role] = desk
		}
		path := kind.path
		if kind.link != nil {
			page, err := v.desks[kind.role].get(ctx, path)
			if err != nil {
				return nil, err
			}
			found := kind.link.FindStringSubmatch(page)
			if found == nil {
				return nil, fmt.Errorf("no link to %s on %s", kind.name, path)
			}
			path = html.UnescapeString(found[1])
		}
		v.paths = append(v.paths, path)
	}
	return v, nil
}

// signIn clicks on the first of the demo's people with a role.
func signIn(ctx context.Context, base, role string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{http: &http.Client{Jar: jar}, base: base}
	page, err := v.get(ctx, "/signin")
	if err != nil {
		return nil, err
	}
	link := regexp.MustCompile(`href="(/signin/[0-9]+\?hint=[^"]*` + role + `[0-9]+)"`).FindStringSubmatch(page)
	if link == nil {
		return nil, errors.New("nobody on the sign-in page")
	}
	page, err = v.get(ctx, html.UnescapeString(link[1]))
	if err == nil && !strings.Contains(page, `class="hat"`) {
		err = errors.New("nobody is signed in")
	}
	return v, err
}

// open opens one page and notes how long it took.
func (v *visitor) open(ctx context.Context, kind int) error {
	began := time.Now()
	page, err := v.desks[pageKinds()[kind].role].get(ctx, v.paths[kind])
	if err != nil {
		return fmt.Errorf("%s: %w", pageKinds()[kind].name, err)
	}
	v.took[kind] = append(v.took[kind], time.Since(began))
	v.size[kind] = len(page)
	return nil
}

func (v *visitor) get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return "", err
	}
	got, err := v.http.Do(request)
	if err != nil {
		return "", err
	}
	defer got.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d", strings.SplitN(path, "/", 3)[1], got.StatusCode)
	}
	return string(body), err
}
