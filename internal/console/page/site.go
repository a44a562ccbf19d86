package page

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/schema"
)

// Deps are what pages are made from.
type Deps struct {
	// GraphQL is the handler of /graphql, the only way to data.
	GraphQL http.Handler
	// DB holds the sessions, sealed under Key; Idle and Life end them.
	DB         session.DB
	Key        []byte
	Idle, Life time.Duration
	// URL is the console's own address; Contact stands on what is printed for guardians.
	URL, Contact string
	// Machines and Tasks name states, moves and things to do.
	Machines []flow.Machine
	Tasks    map[string]flow.Text
	// TaskMoves are the mutations that end a task of a kind.
	TaskMoves map[string][]string
	// Purposes are those of the policy; Rules says what it allows now.
	Purposes []policy.PurposeInfo
	Rules    Rules
	// LogKey is the public key of the log, Witnesses who cosigns it: what files are held
	// against that people bring.
	LogKey    string
	Witnesses cosignature.Quorum
	// Demo says on every page that nothing of it is real.
	Demo bool
	Now  func() time.Time
	Log  *slog.Logger
}

// Area is the pages of one group of people.
type Area struct {
	// Templates holds templates/*.html, one page each.
	Templates fs.FS
	// Pages are the handlers for those who are signed in, by pattern; Open those for
	// everybody.
	Pages map[string]func(*Visit)
	Open  map[string]http.HandlerFunc
	// Quiet are handlers for those who are signed in that count as no use of a session.
	Quiet map[string]func(*Visit)
	Nav   []Nav
	// Uploads are paths whose forms carry a file, with how many bytes they may have.
	Uploads map[string]int64
}

// Nav is an entry at the top of every page: the key of its words, where it leads, the
// pages that it stands for, and for whom it is there.
type Nav struct {
	Path, Key string
	Pages     []string
	For       func(Hat) bool
}

// Of holds for the posts of some roles.
func Of(roles ...policy.Role) func(Hat) bool {
	return func(h Hat) bool { return slices.Contains(roles, policy.Role(h.Role)) }
}

// Site is what all pages share.
type Site struct {
	Deps

	Sessions  *session.Sessions
	Words     *words.Words
	Lexicon   *lexicon.Lexicon
	Documents operations.Documents

	composed   sync.Map // documents by their text
	remembered sync.Map // by the version of the policy

	ask     *ask.Client
	pages   map[string]*template.Template
	nav     []Nav
	statics map[string]file
	uploads map[string]int64
	secure  bool
}

// New reads words and documents, and refuses what does not fit together.
func New(d Deps) (*Site, error) {
	if d.GraphQL == nil || d.URL == "" || d.Log == nil || d.Rules == nil {
		return nil, errors.New("the console needs the hub, its own address, the policy and a log")
	}
	// Everything but the demo's loopback address is reached over TLS.
	c := &Site{Deps: d, ask: &ask.Client{Hub: d.GraphQL}, secure: strings.HasPrefix(d.URL, "https://")}
	var errs [5]error
	c.Sessions, errs[0] = session.New(session.Deps{DB: d.DB, Key: d.Key, Idle: d.Idle, Life: d.Life, Now: d.Now})
	c.Words, errs[1] = words.New()
	c.Lexicon, errs[2] = lexicon.New(schema.SDL())
	if errs[2] == nil {
		c.Documents, errs[3] = operations.Load(c.Lexicon.Schema())
	}
	c.statics, errs[4] = readStatics()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return c, nil
}

// Handler serves all areas.
func (c *Site) Handler(areas ...Area) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{file}", c.static)
	mux.HandleFunc("POST /language", c.setLanguage)
	mux.HandleFunc("/", c.notThere)
	var err error
	if c.pages, err = readPages(areas, versionOf(c.statics)); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.uploads = map[string]int64{}
	for _, area := range areas {
		maps.Copy(c.uploads, area.Uploads)
		c.nav = append(c.nav, area.Nav...)
		for pattern, serve := range area.Open {
			mux.HandleFunc(pattern, serve)
		}
		for pattern, page := range area.Pages {
			mux.HandleFunc(pattern, c.signedIn(page))
		}
		for pattern, serve := range area.Quiet {
			mux.HandleFunc(pattern, c.quietly(serve))
		}
	}
	return c.guard(mux), nil
}
