package proxytest

import (
	"bytes"
	"net"
	"sync"
	"time"
)

// A Moment is when a session is cut.
type Moment int

const (
	// InRequest passes half of what the client sends and cuts: nothing was
	// committed.
	InRequest Moment = iota
	// AtAnswer swallows the server's word that it has committed.
	AtAnswer
)

// request is the least number of bytes that is more than a ping.
const request = 512

// cut is a cut that has been ordered.
type cut struct {
	at   Moment
	done chan struct{}
}

// Cut orders a cut; the channel closes when it has been made.
func (p *Proxy) Cut(at Moment) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = &cut{at: at, done: make(chan struct{})}
	return p.cut.done
}

// session is one connection through the proxy.
type session struct {
	proxy          *Proxy
	client, server net.Conn

	mu sync.Mutex
	// begun says that the first words of the client have been read; freezable and
	// cuttable, whether the application in them is one of the proxy's options.
	begun, freezable, cuttable bool
}

// parcel is what is under way, and when it is due.
type parcel struct {
	bytes []byte
	due   time.Time
}

// pass carries bytes from one side to the other until either closes, and then
// closes both.
func (s *session) pass(from, to net.Conn, asks bool) {
	way := make(chan parcel, 1<<10)
	var carrier sync.WaitGroup
	carrier.Go(func() { s.carry(way, to) })
	for {
		b := make([]byte, 32<<10)
		n, err := from.Read(b)
		if n > 0 {
			b = b[:n]
			if asks {
				s.meet(b)
			}
			if b, err = s.sever(b, asks, err); len(b) > 0 {
				way <- parcel{bytes: b, due: time.Now().Add(s.proxy.options.Delay)}
			}
		}
		if err != nil {
			close(way)
			carrier.Wait()
			_, _ = s.client.Close(), s.server.Close()
			return
		}
	}
}

// carry delivers what is due, unless it is held back.
func (s *session) carry(way <-chan parcel, to net.Conn) {
	for p := range way {
		if wait := time.Until(p.due); wait > 0 {
			<-time.After(wait)
		}
		<-s.flowing()
		if _, err := to.Write(p.bytes); err != nil {
			_, _ = s.client.Close(), s.server.Close()
		}
	}
}

// meet reads the application's name in the first words of the client.
func (s *session) meet(first []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun {
		return
	}
	name := s.proxy.options.Application
	s.begun = true
	s.freezable = bytes.Contains(first, []byte("application_name\x00"+name))
	s.cuttable = name == "" || bytes.Contains(first, []byte("application_name\x00"+name+"\x00"))
}

// flowing is closed while the session is not frozen.
func (s *session) flowing() <-chan struct{} {
	s.mu.Lock()
	concerned := s.freezable || s.proxy.options.Application == ""
	s.mu.Unlock()
	if !concerned {
		open := make(chan struct{})
		close(open)
		return open
	}
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	return s.proxy.flowing
}

// sever makes an ordered cut when its moment has come: what is left of b may
// still pass.
func (s *session) sever(b []byte, asks bool, err error) ([]byte, error) {
	s.mu.Lock()
	cuttable := s.cuttable
	s.mu.Unlock()
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	c := s.proxy.cut
	if c == nil || !cuttable {
		return b, err
	}
	switch {
	case asks && c.at == InRequest && len(b) >= request:
		b = b[:len(b)/2]
	case !asks && c.at == AtAnswer && bytes.Contains(b, []byte("COMMIT\x00")):
		b = nil
	default:
		return b, err
	}
	s.proxy.cut = nil
	close(c.done)
	return b, errCut
}
