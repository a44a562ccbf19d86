package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Hat is in which post, why and on which ticket somebody works.
type Hat struct{ Post, Role, Title, Purpose, Ticket string }

// HatOf is the hat of a session.
func HatOf(s *session.Session) Hat {
	return Hat{s.Post, s.Role, s.Title, s.Purpose, s.Ticket}
}

// Handle is what an address of a page stands for. It is sealed under the session's own
// secret: no identifier of a child stands in an address, and nobody else can open one
// that got into a history or a log.
type Handle struct {
	// Child is a public identifier; Kind is of what there is to do.
	Child string `json:",omitempty"`
	Kind  string `json:",omitempty"`
	// Of is what else the page is about, by name.
	Of map[string]string `json:",omitempty"`
	// Done and Entry say what was done just now.
	Done  string `json:",omitempty"`
	Entry string `json:",omitempty"`
	Hat   Hat
}

// Link seals a handle.
func (v *Visit) Link(h Handle) string {
	text, err := json.Marshal(h)
	if err == nil {
		text, err = session.Seal(v.Session.Secret, text)
	}
	if err != nil {
		v.Site.Warn(v.Context(), err)
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Open reads the handle of the page and puts its hat on. Fault: NotFound.
func (v *Visit) Open() (Handle, error) {
	var h Handle
	sealed, err := base64.RawURLEncoding.DecodeString(v.R.PathValue("handle"))
	if err == nil {
		var text []byte
		if text, err = session.Open(v.Session.Secret, sealed); err == nil {
			err = json.Unmarshal(text, &h)
		}
	}
	if err != nil {
		return h, fault.Wrap(fault.NotFound, "这个地址属于已结束的会话，请从待办重新打开。", "This address belongs to a session that has ended; open it again from the inbox.", err)
	}
	v.Hat = h.Hat
	return h, nil
}
