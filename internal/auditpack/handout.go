package auditpack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Packs makes packs that are handed out over the API.
type Packs struct{ DB Beginner }

// HandedOut is a pack with what it is known by.
type HandedOut struct {
	Name    string
	Content []byte
	SHA256  string
	Log     Log
}

const (
	firstYear  = 2000
	lastYear   = 2100
	maxSeed    = 64
	maxSamples = 500
	// handTime leaves time to record the hand-out.
	handTime = 7 * time.Second
)

// HandOut makes the pack of a year. Faults: BadRequest; Unavailable where the log is so
// long that it takes the command line.
func (p Packs) HandOut(ctx context.Context, o Options) (HandedOut, error) {
	if o.Year < firstYear || o.Year > lastYear {
		return HandedOut{}, fault.At("year", fault.New(fault.BadRequest, "没有这个年份。", "There is no such year."))
	}
	if len(o.Seed) > maxSeed || o.Samples < 0 || o.Samples > maxSamples {
		return HandedOut{}, fault.At("samples", fault.New(fault.BadRequest, "抽样0到500条，种子不超过64字节。", "Draw 0 to 500 entries, with a seed of at most 64 bytes."))
	}
	short, cancel := context.WithTimeout(ctx, handTime)
	defer cancel()
	made, err := snapshotOf(short, p.DB, o)
	var out bytes.Buffer
	if err == nil {
		err = made.write(o, &out)
	}
	if errors.Is(short.Err(), context.DeadlineExceeded) {
		return HandedOut{}, fault.Wrap(fault.Unavailable, "本年记录较多，请由运维人员用 tongxin audit pack 制作。",
			"The year has many records: have the operator make the pack with tongxin audit pack.", err)
	}
	if err != nil {
		return HandedOut{}, err
	}
	sum := sha256.Sum256(out.Bytes())
	return HandedOut{
		Name: fmt.Sprintf("tongxin-audit-%d-%s.zip", o.Year, hex.EncodeToString(sum[:4])), Content: out.Bytes(),
		SHA256: hex.EncodeToString(sum[:]), Log: made.log,
	}, nil
}
