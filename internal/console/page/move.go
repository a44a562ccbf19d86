package page

import (
	"crypto/rand"
	"encoding/json"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// Made is what a move came to.
type Made struct {
	ID, State, Entry, Advice string
	Value, Statement         *string
	UserErrors               []struct {
		Message, Code string
		Path          []string
	}
}

// NewKey makes a change happen once, however often its form is sent.
func NewKey() string { return rand.Text() }

// Move sends the move that a form asks for; what stood in its way is marked.
func (v *Visit) Move(child string) (Step, Made, error) {
	mutation, sent := v.R.PathValue("mutation"), v.R.PostForm
	if !v.Site.HasMove(mutation) {
		return Step{}, Made{}, NotFound()
	}
	s := Step{
		Form:   form.Make(v.Site.Lexicon, v.Lang, mutation, sent),
		Record: sent.Get("id"), Key: sent.Get("key"), First: true,
	}
	input := s.Input(v.Site.Lexicon, sent)
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
	got, err := v.Make(MoveDocument(mutation), input)
	if err == nil && len(got.UserErrors) > 0 {
		v.Mark(&s, got)
	}
	return s, got, err
}

// Make sends one mutation.
func (v *Visit) Make(document string, input map[string]any) (Made, error) {
	_, answer, err := v.Ask(document, map[string]any{"input": input})
	if err != nil {
		return Made{}, err
	}
	var got struct{ Made Made }
	err = json.Unmarshal(answer.Data, &got)
	return got.Made, err
}

// Mark puts the hub's sentences at the controls they are about.
func (v *Visit) Mark(s *Step, got Made) {
	for _, e := range got.UserErrors {
		sentence := words.Of(v.Lang, e.Message)
		if !s.Mark(e.Path, sentence) {
			s.Problem = sentence + " (" + e.Code + ")"
		}
	}
}
