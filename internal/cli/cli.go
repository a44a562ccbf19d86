package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Exit codes. Scripts may rely on them.
const (
	exitOK    = 0
	exitError = 1
	// exitUsage: the command line itself is wrong.
	exitUsage = 2
)

// Hub is a started hub.
type Hub interface {
	// Run serves until ctx ends.
	Run(ctx context.Context) error
	// Close lets go of everything; ctx bounds how long that may take.
	Close(ctx context.Context) error
}

// Environment is what a command may touch besides its arguments.
type Environment struct {
	In       io.Reader
	Out, Err io.Writer
	// Start builds a hub that is ready to run.
	Start func(ctx context.Context, c config.Config) (Hub, error)
}

// commands is the grammar.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the hub."`
	Demo    demoCommand    `cmd:"" help:"Run the hub with a made-up district on this machine; logins are printed."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to the newest migration and put the built-in policy in force."`
	Audit   struct {
		Verify      verifyCommand      `cmd:"" help:"Read the whole audit log, or a bundle, and report everything that is wrong with it."`
		Prove       proveCommand       `cmd:"" help:"Print the proof that an entry stands in the signed log."`
		Consistency consistencyCommand `cmd:"" help:"Print the proof that the log of one checkpoint goes on in that of another."`
		Check       checkCommand       `cmd:"" help:"Check a proof (standard input) with the public key alone."`
		Export      exportCommand      `cmd:"" help:"Write a period of the log as a bundle that proves itself, to standard output."`

		Pack    packCommand    `cmd:"" help:"Write the yearly audit of minors' data (a ZIP of tables) to standard output."`
		Destroy destroyCommand `cmd:"" help:"Destroy the details of entries whose time to be kept is over, as the hub does by night."`
		Hold    struct {
			Place   placeCommand   `cmd:"" help:"Place a legal hold: entries that match all its scopes are not destroyed."`
			Release releaseCommand `cmd:"" help:"Release a legal hold."`
			List    holdsCommand   `cmd:"" help:"List legal holds, released ones as well."`
		} `cmd:"" help:"Keep entries beyond their time."`
	} `cmd:"" help:"Verify the audit log, prove entries, hand a period to auditors, keep or destroy details."`
	Witness witnessCommand `cmd:"" help:"Witness the log of a hub on the machine of another agency: check that it only grows, and cosign."`
	Policy  struct {
		Explain explainCommand `cmd:"" help:"Say why a role acting for a purpose does or does not see a coordinate, or why an entry of the log shows what it shows."`
		Table   tableCommand   `cmd:"" help:"Print the compiled policy, one line per role, purpose and group."`
		Test    testCommand    `cmd:"" help:"Hold a policy against the worked cases."`
		Diff    diffCommand    `cmd:"" help:"Print what one policy does differently from another."`
		Replay  replayCommand  `cmd:"" help:"Replay the log of a period under a policy: what would open or close, and for whom."`
		Unused  unusedCommand  `cmd:"" help:"Print the policy lines that no disclosure of a period needed."`
		Publish publishCommand `cmd:"" help:"Propose a changed policy, or approve what another person proposed."`
	} `cmd:"" help:"Read, compare, replay and change the policy."`
	Jointoken   jointokenCommand   `cmd:"" help:"Turn identity numbers (standard input, one per line) into join tokens."`
	Transferkey transferkeyCommand `cmd:"" help:"Print the public keys that a partner hub needs to take children from this one and hand them over to it."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// Run parses arguments, runs the command and returns the exit code.
func Run(ctx context.Context, arguments []string, e Environment) int {
	exit := -1
	parser, err := kong.New(&commands{},
		kong.Name("tongxin"),
		kong.Description("同心 Tongxin: the hub that shares what is known of children in need of care, and records every access.\n"+
			"Every flag is also an environment variable: --key-dir is TONGXIN_KEY_DIR."),
		kong.Writers(e.Out, e.Err),
		kong.Exit(func(code int) { exit = code }),
		kong.DefaultEnvars("TONGXIN"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(e),
	)
	if err != nil {
		fmt.Fprintln(e.Err, "tongxin:", err)
		return exitError
	}
	parsed, err := parser.Parse(arguments)
	switch {
	case exit >= 0: // help was printed
		return exit
	case err != nil:
		fmt.Fprintf(e.Err, "tongxin: %v; see `tongxin --help`\n", err)
		return exitUsage
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(e.Err, "tongxin:", sentence(err))
		return exitError
	}
	return exitOK
}

// errSilent fails a command that has said everything already.
var errSilent = errors.New("see above")

// sentence is an error as a person at the terminal may read it: whole, except
// for what the database said, which may quote stored values.
func sentence(err error) string {
	if postgres.QuotesData(err) {
		return postgres.Redact(err).Error() + " (the database's own log says more)"
	}
	return err.Error()
}
