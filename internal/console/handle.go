package console

import (
	"encoding/base64"
	"encoding/json"

	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// hat is in which post, why and on which ticket somebody works.
type hat struct{ Post, Role, Title, Purpose, Ticket string }

func hatOf(s *session.Session) hat {
	return hat{s.Post, s.Role, s.Title, s.Purpose, s.Ticket}
}

// handle is what an address of a page stands for. It is sealed under the session's own
// secret: no identifier of a child stands in an address, and nobody else can open one
// that got into a history or a log.
type handle struct {
	// Child is a public identifier; Kind is of what there is to do.
	Child string `json:",omitempty"`
	Kind  string `json:",omitempty"`
	// Done and Entry say what was done just now.
	Done  string `json:",omitempty"`
	Entry string `json:",omitempty"`
	Hat   hat
}

// link seals a handle.
func (v *visit) link(h handle) string {
	text, err := json.Marshal(h)
	if err == nil {
		text, err = session.Seal(v.session.Secret, text)
	}
	if err != nil {
		v.c.warn(v.ctx(), err)
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// open reads the handle of the page and puts its hat on. Fault: NotFound.
func (v *visit) open() (handle, error) {
	var h handle
	sealed, err := base64.RawURLEncoding.DecodeString(v.r.PathValue("handle"))
	if err == nil {
		var text []byte
		if text, err = session.Open(v.session.Secret, sealed); err == nil {
			err = json.Unmarshal(text, &h)
		}
	}
	if err != nil {
		return h, fault.Wrap(fault.NotFound, "这个地址属于已结束的会话，请从待办重新打开。", "This address belongs to a session that has ended; open it again from the inbox.", err)
	}
	v.hat = h.Hat
	return h, nil
}
