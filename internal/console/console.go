package console

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/console/signin"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/schema"
)

// Deps are what the console is made from.
type Deps struct {
	// GraphQL is the handler of /graphql, the only way to data.
	GraphQL http.Handler
	// DB holds the sessions, sealed under Key; Idle and Life end them.
	DB         session.DB
	Key        []byte
	Idle, Life time.Duration
	// Issuers sign people in who come back to URL, the console's own address.
	Issuers []identity.Issuer
	URL     string
	// Machines and Tasks name states, moves and things to do.
	Machines []flow.Machine
	Tasks    map[string]flow.Text
	// Purposes and Roles are those of the policy.
	Purposes []policy.PurposeInfo
	// People are the demo's, offered at one click; nil outside the demo, whose pages
	// say on every one that nothing of it is real.
	People []Person
	Demo   bool
	Now    func() time.Time
	Log    *slog.Logger
}

// Person is somebody of the demo.
type Person struct{ Issuer, StaffCode, ZH, EN, ShowsZH, ShowsEN string }

// Console is the handler of all pages.
type Console struct {
	deps      Deps
	ask       *ask.Client
	sessions  *session.Sessions
	desk      *signin.Desk
	words     *words.Words
	lexicon   *lexicon.Lexicon
	documents operations.Documents
	pages     pages
	secure    bool
	handler   http.Handler
}

// New reads words, documents and templates, and refuses what does not fit together.
func New(d Deps) (*Console, error) {
	if d.GraphQL == nil || d.URL == "" || d.Log == nil {
		return nil, errors.New("the console needs the hub, its own address and a log")
	}
	c := &Console{deps: d, ask: &ask.Client{Hub: d.GraphQL}, secure: isSecure(d.URL)}
	var errs [5]error
	c.sessions, errs[0] = session.New(session.Deps{DB: d.DB, Key: d.Key, Idle: d.Idle, Life: d.Life, Now: d.Now})
	c.words, errs[1] = words.New()
	c.lexicon, errs[2] = lexicon.New(schema.SDL())
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.documents, errs[3] = operations.Load(c.lexicon.Schema())
	c.pages, errs[4] = readPages()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.desk = signin.New(d.Issuers, d.URL+backPath, d.Now)
	c.handler = c.guard(c.routes())
	return c, nil
}

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// routes are all pages. What may be reached without a session stands apart.
func (c *Console) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{file}", c.static)
	mux.HandleFunc("GET /signin", c.showSignIn)
	mux.HandleFunc("GET /signin/{door}", c.startSignIn)
	mux.HandleFunc("GET "+backPath, c.finishSignIn)
	mux.HandleFunc("POST /language", c.setLanguage)
	mux.HandleFunc("/", c.notThere)
	for pattern, page := range map[string]func(*visit){
		"GET /{$}":                    showInbox,
		"POST /signout":               signOut,
		"POST /signout/everywhere":    signOutEverywhere,
		"GET /post":                   showPosts,
		"POST /post":                  choosePost,
		"GET /children":               showChildren,
		"GET /w/{handle}":             showWork,
		"POST /w/{handle}/{mutation}": makeMove,
		"POST /reveal/{handle}":       reveal,
		"GET /harm":                   showHarm,
		"GET /harm/{handle}":          showHarm,
		"POST /harm":                  reportHarm,
		"POST /harm/{handle}":         reportHarm,
		"GET /desk":                   showDesk,
		"POST /desk/{mutation}":       moveAtDesk,
		"GET /ledgers":                showLedgers,
		"GET /ledgers/{ledger}":       showLedger,
		"GET /reports/{kind}":         showReport,
		"POST /reports/{kind}":        submitReport,
		"GET /board":                  showBoard,
	} {
		mux.HandleFunc(pattern, c.signedIn(page))
	}
	return mux
}
