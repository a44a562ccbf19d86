package page

import (
	"crypto/rand"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// Made is what a move came to.
type Made struct {
	ID, State, Entry, Advice string
	// Child and Ticket are what a move has opened.
	Child, Ticket string
	// Statement is a page to be printed, of the rights desk.
	Value, Statement *string
	UserErrors       []struct {
		Message, Code string
		Path          []string
	}
}

// NewKey makes a change happen once, however often its form is sent.
func NewKey() string { return rand.Text() }

// Move sends the move that a form asks for; what stood in its way is marked. A form that
// only looks for a choice comes back as it is.
func (v *Visit) Move(child string) (Step, Made, error) {
	mutation, sent := v.R.PathValue("mutation"), v.R.PostForm
	if !v.Site.HasMove(mutation) {
		return Step{}, Made{}, NotFound()
	}
	s := Step{
		Form:   form.Make(v.Site.Lexicon, v.Lang, mutation, sent),
		Record: sent.Get("id"), Key: sent.Get("key"), First: true, With: map[string]string{}, Sent: sent,
	}
	input := s.Input(v.Site.Lexicon, sent)
	v.target(&s, input, child, sent)
	s.Asked = input
	var none Made
	if sent.Get(form.Look) != "" {
		s.Invalid, s.Looks = true, true
		return s, none, nil
	}
	missing, wrong, err := v.marks()
	if err != nil {
		return s, none, err
	}
	if !s.Check(missing, wrong) {
		s.Invalid = true
		return s, none, nil
	}
	got, err := v.Make(operations.Move(mutation), input)
	if err == nil && len(got.UserErrors) > 0 {
		s.Invalid = true
		v.Mark(&s, got)
	}
	return s, got, err
}

// marks are what is said beside a control that is empty or wrong.
func (v *Visit) marks() (missing, wrong string, err error) {
	if missing, err = v.Site.Words.Say(v.Lang, "form.missing"); err != nil {
		return "", "", err
	}
	wrong, err = v.Site.Words.Say(v.Lang, "form.wrong")
	return missing, wrong, err
}

// target says what the move is about: each member that no control asks for.
func (v *Visit) target(s *Step, input map[string]any, child string, sent url.Values) {
	def := v.Site.Lexicon.Mutation(s.Mutation)
	for _, m := range v.Site.Lexicon.Schema().Types[def.Arguments[0].Type.Name()].Fields {
		switch _, asked := input[m.Name]; {
		case m.Name == "key":
			input["key"] = s.Key
		case m.Name == "version":
			version, err := strconv.Atoi(sent.Get("version"))
			if err != nil {
				version = -1
			}
			s.Version = version
			input["version"] = version
		case m.Name == "child":
			if child != "" {
				input["child"] = child
			}
		case asked:
		case m.Name == "coordinate" || m.Type.Name() == "ID":
			if value := sent.Get(m.Name); value != "" {
				input[m.Name] = value
				s.With[m.Name] = value
			}
		}
	}
	delete(s.With, "id")
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
