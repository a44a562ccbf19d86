package packet

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Partner is a hub that children are handed to and come from.
type Partner struct {
	// Hub is the name by which both sides know it, Name what people read.
	Hub, Name string
	// Areas are the beginnings of the codes of its places, URL is where it is reached.
	Areas []string
	URL   string
	sign  ed25519.PublicKey
	open  *ecdsa.PublicKey
	keyID string
}

// Partners are all hubs that this one knows.
type Partners []Partner

// For is the partner of a place, the one with the longest beginning of its code.
func (ps Partners) For(area string) (found Partner, ok bool) {
	longest := 0
	for _, p := range ps {
		for _, a := range p.Areas {
			if strings.HasPrefix(area, a) && len(a) > longest {
				found, ok, longest = p, true, len(a)
			}
		}
	}
	return found, ok
}

// Named is the partner of a name.
func (ps Partners) Named(hub string) (Partner, bool) {
	return ps.find(func(p Partner) bool { return p.Hub == hub })
}

func (ps Partners) signedBy(keyID string) (Partner, bool) {
	return ps.find(func(p Partner) bool { return p.keyID == keyID })
}

func (ps Partners) find(is func(Partner) bool) (Partner, bool) {
	for _, p := range ps {
		if is(p) {
			return p, true
		}
	}
	return Partner{}, false
}

// file is the operator's file of partners.
type file struct {
	Hub      string  `json:"hub"`
	Contact  Contact `json:"contact"`
	Partners []struct {
		Hub   string             `json:"hub"`
		Name  string             `json:"name"`
		Areas []string           `json:"areas"`
		URL   string             `json:"url"`
		Keys  jose.JSONWebKeySet `json:"keys"`
	} `json:"partners"`
}

// Read reads the file of partners, and makes this hub's own keys from a secret:
//
//	{"hub": "a.example", "contact": {"post": "…", "phone": "…"}, "partners": [
//	  {"hub": "b.example", "name": "…", "areas": ["990117"], "url": "https://b.example", "keys": {"keys": [{…}, {…}]}}]}
func Read(path string, secret []byte) (Own, Partners, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the operator's own configuration
	if err != nil {
		return Own{}, nil, fmt.Errorf("read partners: %w", err)
	}
	own, partners, err := parseFile(data, secret)
	if err != nil {
		return Own{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	return own, partners, nil
}

func parseFile(data, secret []byte) (Own, Partners, error) {
	var f file
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Own{}, nil, fmt.Errorf("no file of partners: %w", err)
	}
	if !fits(f.Hub, f.Contact.Post, f.Contact.Phone) || f.Hub == "" || f.Contact.Post == "" || f.Contact.Phone == "" {
		return Own{}, nil, errors.New("hub and contact (post and phone of an office) must be named")
	}
	own, err := derive(secret)
	if err != nil {
		return Own{}, nil, err
	}
	own.Hub, own.Contact = f.Hub, f.Contact
	var ps Partners
	for _, x := range f.Partners {
		p := Partner{Hub: x.Hub, Name: x.Name, Areas: x.Areas, URL: strings.TrimSuffix(x.URL, "/")}
		if p.sign, p.open, err = pick(x.Keys); err != nil {
			return Own{}, nil, fmt.Errorf("partner %s: %w", x.Hub, err)
		}
		key, err := named(p.sign, string(signs), "sig")
		if err != nil {
			return Own{}, nil, err
		}
		p.keyID = key.KeyID
		if err := ps.mayAdd(p, own); err != nil {
			return Own{}, nil, err
		}
		ps = append(ps, p)
	}
	return own, ps, nil
}

// prefix is the code of a county or of a place in it.
var prefix = regexp.MustCompile(`^\d{6,12}$`)

// mayAdd refuses a partner that could be mistaken for another, or not be reached safely.
func (ps Partners) mayAdd(p Partner, own Own) error {
	_, named := ps.Named(p.Hub)
	_, keyed := ps.signedBy(p.keyID)
	if p.Hub == "" || p.Name == "" || !fits(p.Hub, p.Name) || named || keyed || p.Hub == own.Hub {
		return fmt.Errorf("partner %q has no name of its own, or the key of another", p.Hub)
	}
	if own.sign.Public().(ed25519.PublicKey).Equal(p.sign) { //nolint:forcetypeassert // as the standard library has it
		return fmt.Errorf("partner %s has this hub's own key", p.Hub)
	}
	if len(p.Areas) == 0 {
		return fmt.Errorf("partner %s has no areas", p.Hub)
	}
	for _, a := range p.Areas {
		if other, ok := ps.For(a); !prefix.MatchString(a) || ok && slices.Contains(other.Areas, a) {
			return fmt.Errorf("partner %s: area %q is no code of 6 to 12 digits, or another's", p.Hub, a)
		}
	}
	if !reachable(p.URL) {
		return fmt.Errorf("partner %s has no address (https://…)", p.Hub)
	}
	return nil
}

// reachable is an https address, or one of this machine.
func reachable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && err == nil && ip.IsLoopback()
}
