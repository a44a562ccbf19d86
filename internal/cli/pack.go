package cli

import (
	"cmp"
	"context"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/config"
)

// packCommand writes the yearly audit of minors' data.
type packCommand struct {
	config.Place
	Year    int    `required:"" help:"Calendar year that is audited."`
	Seed    string `help:"Decides which entries are drawn (default: the year)." placeholder:"TEXT"`
	Samples int    `default:"60" help:"Entries to draw."`
}

// Run writes the archive to standard output.
func (c *packCommand) Run(ctx context.Context, e Environment) error {
	o := auditpack.Options{Year: c.Year, Seed: cmp.Or(c.Seed, strconv.Itoa(c.Year)), Samples: max(0, c.Samples)}
	return withLog(ctx, c.Place, func(db audit.Beginner) error { return auditpack.Write(ctx, db, o, e.Out) })
}
