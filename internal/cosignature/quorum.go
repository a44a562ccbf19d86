package cosignature

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// Witness is one that a hub or an auditor relies on.
type Witness struct {
	// Key is its verifier key, Name the name in it.
	Key, Name string
	// URL is where the hub reaches it; empty for who only verifies.
	URL string
	// Verifier checks its cosignatures.
	Verifier note.Verifier
}

// Quorum is who witnesses a log, and how many of them must have cosigned.
type Quorum struct {
	Need      int
	Witnesses []Witness
}

// NewWitness reads a verifier key.
func NewWitness(key string) (Witness, error) {
	v, err := torchwood.NewCosignatureVerifier(strings.TrimSpace(key))
	if err != nil {
		return Witness{}, fmt.Errorf("no verifier key of a witness (C2SP tlog-cosignature, Ed25519): %w", err)
	}
	return Witness{Key: v.String(), Name: v.Name(), Verifier: v}, nil
}

// NewQuorum refuses what could never be met, or be met by one witness twice.
func NewQuorum(need int, witnesses []Witness) (Quorum, error) {
	keys := map[string]bool{}
	for _, w := range witnesses {
		// Two names for one key are one witness.
		material := strings.SplitN(w.Key, "+", 3)[2]
		if keys[material] || slices.ContainsFunc(witnesses, func(x Witness) bool { return x.Name == w.Name && x.Key != w.Key }) {
			return Quorum{}, fmt.Errorf("witness %s is named twice", w.Name)
		}
		keys[material] = true
	}
	if need < 0 || need > len(witnesses) || need == 0 && len(witnesses) > 0 {
		return Quorum{}, fmt.Errorf("a quorum of %d among %d witnesses", need, len(witnesses))
	}
	return Quorum{Need: need, Witnesses: witnesses}, nil
}

// ReadQuorum reads the hub's file of witnesses:
//
//	{"quorum": 1, "witnesses": [{"url": "https://witness.example/", "key": "witness.example+…"}]}
func ReadQuorum(path string) (Quorum, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the operator's own configuration
	if err != nil {
		return Quorum{}, fmt.Errorf("read witnesses: %w", err)
	}
	q, err := parseQuorum(data)
	if err != nil {
		return Quorum{}, fmt.Errorf("%s: %w", path, err)
	}
	return q, nil
}

func parseQuorum(data []byte) (Quorum, error) {
	var file struct {
		Quorum    int `json:"quorum"`
		Witnesses []struct {
			URL string `json:"url"`
			Key string `json:"key"`
		} `json:"witnesses"`
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return Quorum{}, fmt.Errorf("no file of witnesses: %w", err)
	}
	if len(file.Witnesses) == 0 {
		return Quorum{}, errors.New("no witness is named; leave --witnesses out instead")
	}
	var witnesses []Witness
	for _, x := range file.Witnesses {
		w, err := NewWitness(x.Key)
		if err != nil {
			return Quorum{}, err
		}
		address, err := url.Parse(x.URL)
		if err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http" || address.RawQuery != "" {
			return Quorum{}, fmt.Errorf("witness %s has no address (https://…)", w.Name)
		}
		w.URL = x.URL
		witnesses = append(witnesses, w)
	}
	return NewQuorum(file.Quorum, witnesses)
}

// Met is one witness's cosignature on a checkpoint.
type Met struct {
	Name string
	At   time.Time
}

// Met returns whose sound cosignatures stand on the checkpoint. A cosignature of
// a known witness that does not hold counts as none.
func (q *Quorum) Met(text, lines string) []Met {
	var met []Met
	for _, w := range q.Witnesses {
		if c, err := Find(text, lines, w.Verifier); err == nil {
			met = append(met, Met{w.Name, c.At})
		}
	}
	return met
}
