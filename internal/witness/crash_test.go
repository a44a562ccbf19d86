package witness_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/witness"
)

// placeVariable makes the test binary be a witness instead, so that a test can
// kill it.
const placeVariable = "TONGXIN_TEST_WITNESS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(placeVariable); dir != "" {
		fmt.Fprintln(os.Stderr, beWitness(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// beWitness serves until it is killed.
func beWitness(dir string) error {
	public, err := os.ReadFile(filepath.Join(dir, "log.pub")) //nolint:gosec // written by the test
	if err != nil {
		return err
	}
	key, err := note.NewVerifier(string(public))
	if err != nil {
		return err
	}
	own, err := witness.OpenKey(filepath.Join(dir, "keys"), time.Now)
	if err != nil {
		return err
	}
	w, err := witness.Open(filepath.Join(dir, "state"), key.Name(), key, own)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return w.Serve(context.Background(), l, slog.New(slog.DiscardHandler))
}

// TestWitness_killed: however often a witness is killed while it cosigns, it comes
// back with a state that is not behind any cosignature it gave out.
func TestWitness_killed(t *testing.T) {
	t.Parallel()
	l, public := newKeyedTree(t)
	l.grow(t, 200, "entry")
	p := newPlace(t)
	dir := t.TempDir()
	for from, to := range map[string]string{p.keys: "keys", p.state: "state"} {
		if err := os.Symlink(from, filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "log.pub"), []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	issued := int64(0)
	for round := int64(1); round <= 8; round++ {
		process, url := startWitness(t, dir)
		killed := make(chan struct{})
		go func() { // while the requests below are on their way
			time.AfterFunc(time.Duration(round)*7*time.Millisecond, func() {
				_ = process.Process.Kill()
				close(killed)
			})
		}()
		issued = hammer(t, l, url, issued)
		<-killed
		_ = process.Wait()
		w, _ := p.open(t, l)
		if _, size := w.Last(); size < issued {
			t.Fatalf("round %d: a cosignature of size %d was given out, the state is at %d", round, issued, size)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if issued == 0 {
		t.Error("no round got a cosignature")
	}
}

func startWitness(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this very binary
	process.Env = append(os.Environ(), placeVariable+"="+dir)
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return process, strings.TrimSpace(url)
}

// hammer asks for one size after the other until the witness is gone, and returns
// the largest that it got a cosignature for.
func hammer(t *testing.T, l *tree, url string, issued int64) int64 {
	t.Helper()
	old := issued
	for {
		size := min(old+1, l.size)
		request := l.request(t, old, size)
		response, err := http.Post(url+"/add-checkpoint", "text/plain", bytes.NewReader(request.Bytes())) //nolint:noctx,gosec // loopback
		if err != nil {
			return issued
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close() // read to the end
		switch {
		case response.StatusCode == http.StatusConflict && err == nil:
			if _, err := fmt.Sscan(string(body), &old); err != nil {
				t.Fatal(err)
			}
		case response.StatusCode == http.StatusOK && strings.HasSuffix(string(body), "\n"):
			old, issued = size, size
		case err == nil:
			t.Fatalf("size %d: %s %s", size, response.Status, body)
		}
	}
}

// newKeyedTree is newTree with the public key in text form.
func newKeyedTree(t *testing.T) (*tree, string) {
	t.Helper()
	secret, public, err := note.GenerateKey(strings.NewReader(strings.Repeat("0123456789abcdef", 4)), origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return &tree{signer: signer, key: key}, public
}
