package audit

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// record is an entry ready for the log: texts made safe, sets interned, detail
// committed to. Only its place and its time are still open, so everything here
// is done by the caller's goroutine and not by the one writer.
type record struct {
	at          time.Time
	id          uuid.UUID
	salt        []byte
	commitment  [32]byte
	detail      detail
	requestedID int64
	withheldID  int64
	parts       []part
}

// prepare makes the record of e. It reaches for the database only when e holds
// a set that this process has not met.
func (w *Writer) prepare(ctx context.Context, e *Entry) (*record, error) {
	r := &record{at: e.At}
	if err := r.randomise(w.options.Random); err != nil {
		return nil, err
	}
	sets := e.sets()
	disclosures := make([]shownTo, len(e.Disclosures))
	for i := range e.Disclosures {
		var bases []string
		if i > 0 && sameSlice(e.Disclosures[i].Bases, e.Disclosures[i-1].Bases) {
			bases = disclosures[i-1].bases // a page shown alike
		} else {
			bases = cleanBases(e.Disclosures[i].Bases)
		}
		disclosures[i] = shownTo{childID: e.Disclosures[i].ChildID, bases: bases, shown: sets[2+i].hash}
	}
	ids, err := w.sets.resolve(ctx, sets)
	if err != nil {
		return nil, err
	}
	r.requestedID, r.withheldID, r.parts = ids[0], ids[1], pack(disclosures, ids[2:])
	r.detail = detail{
		id: r.id, agencyID: e.AgencyID, staffID: e.StaffID, postID: e.PostID,
		texts: e.texts(), breakGlass: e.BreakGlass,
		requested: sets[0].hash, withheld: sets[1].hash, disclosures: disclosures,
	}
	r.commitment = w.commitTo(r)
	return r, nil
}

// commitTo hashes the detail of r, in a buffer that many entries use in turn.
func (w *Writer) commitTo(r *record) [32]byte {
	buffer, _ := w.buffers.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	defer w.buffers.Put(buffer)
	*buffer = r.detail.append((*buffer)[:0])
	return commit(r.salt, *buffer)
}

// sameSlice reports that both are one and the same list.
func sameSlice(a, b []string) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// sets are the requested set, the withheld set and one for each disclosure.
func (e *Entry) sets() []*Set {
	sets := make([]*Set, 0, 2+len(e.Disclosures))
	sets = append(sets, requestedSet(e.Requested), withheldSet(e.Withheld))
	for i := range e.Disclosures {
		shown := e.Disclosures[i].Shown
		if shown == nil {
			shown = emptySet
		}
		sets = append(sets, shown)
	}
	return sets
}

// randomise draws entry id and salt.
func (r *record) randomise(source io.Reader) error {
	var random [48]byte
	if _, err := io.ReadFull(source, random[:]); err != nil {
		return fmt.Errorf("draw entry id: %w", err)
	}
	copy(r.id[:], random[:16])
	r.salt = random[16:]
	return nil
}

// receipt is what the caller gets once the record has its place.
func (r *record) receipt(sequence int64, at time.Time) Receipt {
	return Receipt{Sequence: sequence, EntryID: hex.EncodeToString(r.id[:]), At: at}
}

// cleanBases makes the names safe and drops empty ones.
func cleanBases(bases []string) []string {
	kept := make([]string, 0, len(bases))
	for _, b := range bases {
		if b = clean(b); b != "" {
			kept = append(kept, b)
		}
	}
	return kept
}
