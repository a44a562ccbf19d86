package console

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// made is what a move came to.
type made struct {
	ID, State, Entry, Advice string
	Value                    *string
	UserErrors               []struct {
		Message, Code string
		Path          []string
	}
}

// newKey makes a change happen once, however often its form is sent.
func newKey() string { return rand.Text() }

// makeMove makes one move about a child and shows its page again.
func makeMove(v *visit) {
	h, err := v.open()
	if !v.ok(err) {
		return
	}
	s, got, err := v.move(h.Child)
	if !v.ok(err) {
		return
	}
	if len(got.UserErrors) > 0 {
		v.work(h, &s)
		return
	}
	h.Done, h.Entry = "done.move", got.Entry
	http.Redirect(v.w, v.r, "/w/"+v.link(h), http.StatusSeeOther)
}

// move sends the move that a form asks for; what stood in its way is marked.
func (v *visit) move(child string) (step, made, error) {
	mutation, sent := v.r.PathValue("mutation"), v.r.PostForm
	if !v.c.hasMove(mutation) {
		return step{}, made{}, notFound()
	}
	s := step{
		Form:   form.Make(v.c.lexicon, v.lang, mutation, sent),
		Record: sent.Get("id"), Key: sent.Get("key"), First: true,
	}
	input := s.Input(v.c.lexicon, sent)
	input["key"] = s.Key
	if s.Record == "" {
		input["child"] = child
	} else {
		version, err := strconv.Atoi(sent.Get("version"))
		if err != nil {
			version = -1
		}
		s.Version = version
		input["id"], input["version"] = s.Record, s.Version
	}
	got, err := v.make(moveDocument(mutation), input)
	if err == nil && len(got.UserErrors) > 0 {
		v.mark(&s, got)
	}
	return s, got, err
}

// make sends one mutation.
func (v *visit) make(document string, input map[string]any) (made, error) {
	op, known := v.c.documents[document]
	if !known {
		return made{}, errors.New("no document " + document)
	}
	answer, err := v.c.ask.Ask(v.ctx(), v.as(), op.Text, op.Operation.Name, map[string]any{"input": input})
	if err != nil {
		return made{}, err
	}
	var got struct{ Made made }
	return got.Made, json.Unmarshal(answer.Data, &got)
}

// mark puts the hub's sentences at the controls they are about.
func (v *visit) mark(s *step, got made) {
	for _, e := range got.UserErrors {
		sentence := words.Of(v.lang, e.Message)
		if !s.Mark(e.Path, sentence) {
			s.Problem = sentence + " (" + e.Code + ")"
		}
	}
}
