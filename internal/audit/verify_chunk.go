package audit

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"
)

// entryRow is one row of audit_entry.
type entryRow struct {
	leaf                    leaf
	version                 int16
	id                      uuid.UUID
	commitment, salt        []byte
	detail                  detail
	requestedID, withheldID int64
	disclosed               int32
}

// packedRow is one row of audit_packed.
type packedRow struct {
	sequence, setID int64
	at              time.Time
	part            int32
	bases           []string
	ordinals        []int32
	children        []int64
}

// chunk verifies the entries from lo to before hi.
func (r *reader) chunk(ctx context.Context, lo, hi int64) error {
	hashes, err := r.storedHashes(ctx, lo, hi)
	if err != nil {
		return err
	}
	entries, err := r.entries(ctx, lo, hi)
	if err != nil {
		return err
	}
	disclosures, err := r.disclosures(ctx, lo, hi, entries)
	if err != nil {
		return err
	}
	for sequence := lo; sequence < hi; sequence++ {
		r.entry(sequence, entries[sequence], disclosures[sequence], hashes)
		r.pass()
	}
	return nil
}

// entry verifies one place of the log and grows the tree by it.
func (r *reader) entry(sequence int64, rows []*entryRow, disclosures []disclosureRow, hashes map[int64]tlog.Hash) {
	r.report.Entries += int64(len(rows))
	r.report.Disclosures += int64(len(disclosures))
	index := tlog.StoredHashIndex(0, sequence)
	stored, found := hashes[index]
	if !found {
		r.report.add(HashWrong, index, "missing")
	}
	hash := stored
	switch len(rows) {
	case 0:
		r.report.add(EntryMissing, sequence, "")
	case 1:
		e := rows[0]
		if computed := r.one(e, disclosures); !found {
			hash = computed
		} else if computed != stored {
			r.report.add(LeafChanged, sequence, "")
		}
		r.last = e.leaf
	default:
		r.report.add(EntryDoubled, sequence, "%d rows", len(rows))
	}
	// The tree grows by the stored hash, so that one wrong entry does not make
	// every inner hash behind it look wrong.
	r.tree.append(hash, func(h tlog.Hash) {
		if got, ok := hashes[index]; index != tlog.StoredHashIndex(0, sequence) {
			if !ok {
				r.report.add(HashWrong, index, "missing")
			} else if got != h {
				r.report.add(HashWrong, index, "not the hash of its subtree")
			}
		}
		index++
		r.hashes++
	})
}

// one verifies a row with its disclosures and returns its hash in the tree.
func (r *reader) one(e *entryRow, disclosures []disclosureRow) tlog.Hash {
	sequence := e.leaf.sequence
	if err := e.leaf.fill(e.version, e.id, e.commitment); err != nil || e.version != formatVersion {
		r.report.add(EntryUnreadable, sequence, "version %d", e.version)
		return tlog.Hash{}
	}
	if !e.leaf.backdated {
		if e.leaf.at.Before(r.latest) {
			r.report.add(TimeBackwards, sequence, "")
		} else {
			r.latest = e.leaf.at
		}
	}
	switch {
	case e.salt != nil:
		if why := r.committed(e, disclosures); why != "" {
			r.report.add(EntryChanged, sequence, "%s", why)
		}
	case e.emptied() && len(disclosures) == 0:
		r.emptied = append(r.emptied, sequence)
	default:
		r.report.add(EntryChanged, sequence, "without salt, yet not empty")
	}
	return e.leaf.hash()
}

// committed rebuilds the canonical detail and says why it is not the one the
// entry committed to; empty if it is.
func (r *reader) committed(e *entryRow, disclosures []disclosureRow) string {
	if why := r.rebuild(e, disclosures); why != "" {
		return why
	}
	d := &e.detail
	if commit(e.salt, d.append(nil)) != e.leaf.commitment {
		return "commitment"
	}
	if d.texts[operationText] == destroyOperation {
		r.records = append(r.records, r.sets[e.requestedID].ranges...)
	}
	return ""
}

// rebuild completes the detail of e from its sets and disclosures and says what
// is missing; empty if nothing is.
func (r *reader) rebuild(e *entryRow, disclosures []disclosureRow) string {
	d := &e.detail
	d.id = e.id
	requested, found := r.sets[e.requestedID]
	if !found {
		return "the set of requested coordinates is missing"
	}
	withheld, found := r.sets[e.withheldID]
	if !found {
		return "the set of withheld coordinates is missing"
	}
	d.requested, d.withheld = requested.hash, withheld.hash
	if int(e.disclosed) != len(disclosures) {
		return "disclosures are missing or too many"
	}
	for i := range disclosures {
		x := &disclosures[i]
		shown, found := r.sets[x.setID]
		if !found {
			return "the set of a disclosure is missing"
		}
		if int(x.ordinal) != i || !x.at.Equal(e.leaf.at) {
			return "a disclosure is out of its place"
		}
		d.disclosures = append(d.disclosures, shownTo{childID: x.childID, bases: x.bases, shown: shown.hash})
	}
	return ""
}

// emptied says that nothing is left of the detail.
func (e *entryRow) emptied() bool {
	d := &e.detail
	return d.agencyID == 0 && d.staffID == 0 && d.postID == 0 && d.texts == [textCount]string{} &&
		!d.breakGlass && e.requestedID == 0 && e.withheldID == 0 && e.disclosed == 0
}

// entries reads the rows from lo to before hi by sequence.
func (r *reader) entries(ctx context.Context, lo, hi int64) (map[int64][]*entryRow, error) {
	rows, err := r.tx.Query(ctx, readEntries, lo, hi)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	entries := make(map[int64][]*entryRow, hi-lo)
	for rows.Next() {
		e := &entryRow{}
		d := &e.detail
		targets := []any{
			&e.leaf.sequence, &e.leaf.at, &e.version, &e.leaf.backdated, &e.id, &e.commitment, &e.salt,
			&d.agencyID, &d.staffID, &d.postID,
		}
		for i := range d.texts {
			targets = append(targets, &d.texts[i])
		}
		targets = append(targets, &d.breakGlass, &e.requestedID, &e.withheldID, &e.disclosed)
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		entries[e.leaf.sequence] = append(entries[e.leaf.sequence], e)
	}
	return entries, rows.Err()
}

// disclosures reads the rows of the entries, in the time they span, which is
// what the index of the table begins with. Rows elsewhere are leftovers.
func (r *reader) disclosures(ctx context.Context, lo, hi int64, entries map[int64][]*entryRow) (map[int64][]disclosureRow, error) {
	from, to, found := span(entries)
	if !found {
		return nil, nil
	}
	rows, err := r.tx.Query(ctx, readPacked, from, to, lo, hi)
	if err != nil {
		return nil, err
	}
	packed := make(map[int64][]packedRow, len(entries))
	var p packedRow
	_, err = pgx.ForEachRow(rows, []any{&p.sequence, &p.at, &p.part, &p.setID, &p.bases, &p.ordinals, &p.children}, func() error {
		packed[p.sequence] = append(packed[p.sequence], p)
		p.bases, p.ordinals, p.children = nil, nil, nil
		return nil
	})
	read := make(map[int64][]disclosureRow, len(packed))
	for sequence, parts := range packed {
		read[sequence] = unpack(parts)
	}
	return read, err
}

// span is the time from the first to the last of entries.
func span(entries map[int64][]*entryRow) (from, to time.Time, found bool) {
	for _, rows := range entries {
		for _, e := range rows {
			if !found || e.leaf.at.Before(from) {
				from = e.leaf.at
			}
			if !found || e.leaf.at.After(to) {
				to = e.leaf.at
			}
			found = true
		}
	}
	return from, to, found
}

// leftovers looks for rows that the walk did not meet.
func (r *reader) leftovers(ctx context.Context) error {
	for _, q := range []struct {
		sql     string
		problem Problem
		args    []any
	}{
		{foreignEntries, EntryForeign, []any{r.size}},
		{foreignDisclosures, DisclosureForeign, nil},
		{foreignHashes, HashWrong, []any{r.hashes}},
	} {
		rows, err := r.tx.Query(ctx, q.sql, q.args...)
		if err != nil {
			return err
		}
		var at int64
		if _, err := pgx.ForEachRow(rows, []any{&at}, func() error {
			r.report.add(q.problem, at, "not part of the log")
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
