package identity

import "time"

// system is a client as it is registered; the zero value is one that is not.
type system struct {
	registered bool
	active     bool
	purposes   []string
	thumbprint string
	until      time.Time
}

// admits refuses a suspended client, and one that does not come with its certificate.
func (s system) admits(thumbprint string) error {
	switch {
	case !s.registered:
		return nil
	case !s.active:
		return refuseSuspended()
	case s.thumbprint != "" && s.thumbprint != thumbprint:
		return refuseCertificate("the client is registered with another certificate")
	}
	return nil
}
