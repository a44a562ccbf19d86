package bundle

import (
	"context"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// chunk is how many entries are held at a time.
const chunk = 2048

// Order says what goes into a bundle.
type Order struct {
	// From and To are the numbers of the first entry and of the one behind the last.
	From, To int64
	// Cosigned is how many witnesses must have cosigned the checkpoint that the
	// bundle rests on.
	Cosigned int
	// Details adds what was asked, by whom, about which children, by their internal
	// ids. Such a bundle is for the supervising authority alone.
	Details bool
}

// Export writes a bundle. The same order has the same bytes whenever it comes,
// unless a detail was destroyed or a witness was late with a cosignature meanwhile.
func Export(ctx context.Context, x *audit.Excerpt, w io.Writer, o Order) error {
	if o.From < 0 || o.To <= o.From {
		return fmt.Errorf("no entries from %d to %d", o.From, o.To)
	}
	top, err := x.Covering(ctx, o.To, o.Cosigned)
	if err != nil {
		return err
	}
	text, _, err := parse(top.Note)
	if err != nil {
		return err
	}
	first, err := x.Before(ctx, o.From)
	if err != nil {
		return err
	}
	e := &exporter{Order: o, x: x, out: newOutput(w), sets: map[string]bool{}}
	h := header{origin: text.Origin, from: o.From, to: o.To, details: o.Details}
	e.out.write([]byte(h.text()))
	if first.Size > 0 {
		e.out.record(before, []byte(first.Note))
	}
	if err := e.subtrees(ctx, left, 0, o.From); err != nil {
		return err
	}
	for at := o.From; at < o.To; at += chunk {
		if err := e.entries(ctx, at, min(at+chunk, o.To), top.Size); err != nil {
			return err
		}
	}
	e.out.record(head, []byte(top.Note))
	if err := e.subtrees(ctx, right, o.To, top.Size); err != nil {
		return err
	}
	if first.Size > 0 {
		way, err := x.Consistency(ctx, first.Size, top.Size)
		if err != nil {
			return err
		}
		e.out.record(proof, joined(way))
	}
	return e.out.finish()
}

// exporter is the state of one Export.
type exporter struct {
	Order
	x    *audit.Excerpt
	out  *output
	sets map[string]bool
}

// subtrees writes the hashes that stand for all leaves from one to before another.
func (e *exporter) subtrees(ctx context.Context, letter byte, from, to int64) error {
	hashes, err := e.x.Nodes(ctx, indexes(cover(from, to)))
	if err != nil {
		return err
	}
	e.out.record(letter, joined(hashes))
	return nil
}

// entries writes those from one to before another, each checkpoint at its place.
func (e *exporter) entries(ctx context.Context, from, to, top int64) error {
	leaves, err := e.x.Leaves(ctx, from, to)
	if err != nil {
		return err
	}
	stored, err := e.x.Nodes(ctx, indexes(leavesOf(from, to)))
	if err != nil {
		return err
	}
	signed, err := e.x.Checkpoints(ctx, from, to)
	if err != nil {
		return err
	}
	var details []audit.Detail
	if e.Details {
		if details, err = e.x.Details(ctx, from, to); err != nil {
			return err
		}
	}
	for i, leaf := range leaves {
		if e.Details {
			e.detailed(stored[i], leaf, &details[i])
		} else {
			e.out.record(entry, stored[i][:], leaf)
		}
		if len(signed) > 0 && signed[0].Size == from+int64(i)+1 {
			if signed[0].Size != top {
				e.out.record(checkpoint, []byte(signed[0].Note))
			}
			signed = signed[1:]
		}
	}
	return e.out.err
}

// detailed writes an entry with its detail, and the sets that are new.
func (e *exporter) detailed(stored tlog.Hash, leaf []byte, d *audit.Detail) {
	for _, s := range d.Sets {
		if !e.sets[string(s)] {
			e.sets[string(s)] = true
			e.out.record(set, s)
		}
	}
	e.out.record(entry, stored[:], leaf)
	if d.Salt == nil {
		e.out.record(destroyed)
		return
	}
	e.out.record(detail, []byte{byte(len(d.Salt))}, d.Salt, d.Canonical)
}

// leavesOf are the single leaves from one to before another.
func leavesOf(from, to int64) []subtree {
	all := make([]subtree, 0, to-from)
	for n := from; n < to; n++ {
		all = append(all, subtree{0, n})
	}
	return all
}
