package cli_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/cli"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/quorum"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

// reader follows the commands of a README in a directory of its own.
type reader struct {
	dir, entry string
	url        string
	db         *pgxpool.Pool
	ran        int
}

// TestReadme_log runs the commands of the section on the log in both READMEs as
// they stand there, on a log of a few entries in place of the demo's thousand.
func TestReadme_log(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("..", "..", name))
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{dir: t.TempDir()}
			r.url, r.db = pgtest.New(t)
			for range 4 {
				r.entry = writeEntry(t, r.url, filepath.Join(r.dir, "data/demo/keys"))
			}
			for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
				for line := range strings.Lines(block[1]) {
					r.follow(t, strings.TrimSpace(line))
				}
			}
			if r.ran != 5 {
				t.Errorf("%d commands of tongxin were run", r.ran)
			}
		})
	}
}

// follow does what a line says, if it is one about the log.
func (r *reader) follow(t *testing.T, line string) {
	t.Helper()
	if from, found := strings.CutPrefix(line, "cp data/demo/keys/checkpoint.pub ."); found && (from == "" || from[0] == ' ') {
		text, err := os.ReadFile(filepath.Join(r.dir, "data/demo/keys/checkpoint.pub"))
		if err != nil {
			t.Fatal(err)
		}
		r.write(t, "checkpoint.pub", string(text))
		return
	}
	words := strings.Fields(strings.SplitN(line, "#", 2)[0])
	switch {
	case len(words) > 1 && words[0] == "echo":
		r.witnesses(t, line)
	case len(words) < 2 || words[0] != "bin/tongxin" || words[1] == "demo":
	case words[1] == "witness":
		r.ran++
		r.witness(t, r.arguments(words[1:]))
	default:
		r.ran++
		r.run(t, words[1:])
	}
}

// arguments puts paths into the directory.
func (r *reader) arguments(words []string) []string {
	var all []string
	for _, word := range words {
		flag, path, found := strings.Cut(word, "=")
		switch {
		case word == "ENTRY":
			word = r.entry
		case found && (strings.Contains(path, "/") || strings.HasSuffix(path, ".pub")):
			word = flag + "=" + filepath.Join(r.dir, path)
		case word == "--entries=0-999":
			word = "--entries=0-3"
		case strings.HasSuffix(word, ".bundle"):
			word = filepath.Join(r.dir, word)
		}
		all = append(all, word)
	}
	if strings.Contains(strings.Join(words, " "), "--data-dir") {
		all = append(all, "--database-url="+r.url)
	}
	return all
}

// run runs one command with its redirections; it must succeed.
func (r *reader) run(t *testing.T, words []string) {
	t.Helper()
	var c command
	var out string
	for i := 0; i < len(words); i++ {
		if words[i] != "<" && words[i] != ">" {
			continue
		}
		if words[i] == "<" {
			text, err := os.ReadFile(filepath.Join(r.dir, words[i+1]))
			if err != nil {
				t.Fatal(err)
			}
			c.in = string(text)
		} else {
			out = words[i+1]
		}
		words = append(words[:i:i], words[i+2:]...)
		i--
	}
	got := c.run(t, r.arguments(words)...)
	if got.Code != 0 {
		t.Fatalf("%v: %+v", words, got)
	}
	if out != "" {
		r.write(t, out, got.Out)
	}
}

// witness starts the daemon; it runs until the test ends.
func (r *reader) witness(t *testing.T, arguments []string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, done := make(said, 8), make(chan struct{})
	place := []string{"--listen=127.0.0.1:0", "--key-dir=" + filepath.Join(r.dir, "witness/keys"), "--state-dir=" + filepath.Join(r.dir, "witness/state")}
	go func() {
		defer close(done)
		cli.Run(ctx, append(arguments, place...), cli.Environment{In: strings.NewReader(""), Out: out, Err: io.Discard})
	}()
	t.Cleanup(func() { stop(); <-done })
	<-out // the key
	greeting := <-out
	r.write(t, "address", strings.TrimSpace(greeting[strings.Index(greeting, "http://"):]))
}

// witnesses writes the file as the line does, and takes the log to the witness in
// the place of the hub that reads it.
func (r *reader) witnesses(t *testing.T, line string) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(r.dir, "witness/keys/witness.pub"))
	if err != nil {
		t.Fatal(err)
	}
	address, err := os.ReadFile(filepath.Join(r.dir, "address"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(strings.TrimPrefix(line, "echo '"), "' > witnesses.json")
	text = strings.Replace(text, `'$(cat witness/keys/witness.pub)'`, strings.TrimSpace(string(key)), 1)
	text = strings.Replace(text, "http://127.0.0.1:8090/", string(address), 1)
	r.write(t, "witnesses.json", text)
	q, err := cosignature.ReadQuorum(filepath.Join(r.dir, "witnesses.json"))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	tel, err := telemetry.Setup(t.Context(), telemetry.Config{Service: "test", LogTo: &bytes.Buffer{}})
	if err != nil {
		t.Fatal(err)
	}
	collector, err := quorum.New(t.Context(), quorum.Deps{DB: r.db, Quorum: q, Now: time.Now, Log: slog.New(slog.DiscardHandler), Metrics: tel.Metrics})
	if err != nil {
		t.Fatal(err)
	}
	collector.Round(t.Context())
}

func (r *reader) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
