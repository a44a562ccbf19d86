package audit

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// byteArrays goes out as bytea[].
type byteArrays = pgtype.FlatArray[[]byte]

// Fields of the two shapes, in the order of the migration.
const (
	entryFields      = 29
	disclosureFields = 6
)

// rows are a batch in the shape in which two statements take it all.
type rows struct {
	entries, disclosures shapeArray
}

// newRows has room for all rows of the records, with the bases that most have.
func newRows(s shapes, records []*record) *rows {
	disclosures := 0
	for _, r := range records {
		disclosures += len(r.detail.disclosures)
	}
	return &rows{
		entries:     shapeArray{element: s.entry, body: make([]byte, 0, 768*len(records))},
		disclosures: shapeArray{element: s.disclosure, body: make([]byte, 0, 144*disclosures)},
	}
}

// add puts one record at its place.
func (w *rows) add(r *record, sequence int64, at time.Time, backdated bool) {
	d, e := &r.detail, &w.entries
	start := e.row(entryFields)
	e.int64(sequence)
	e.time(at)
	e.int16(formatVersion)
	e.bool(backdated)
	e.bytes(pgtype.UUIDOID, r.id[:])
	e.bytes(pgtype.ByteaOID, r.commitment[:])
	e.bytes(pgtype.ByteaOID, r.salt)
	e.int64(d.agencyID)
	e.int64(d.staffID)
	e.int64(d.postID)
	for i := range d.texts {
		e.text(d.texts[i])
	}
	e.bool(d.breakGlass)
	e.int64(r.requestedID)
	e.int64(r.withheldID)
	e.int32(len(d.disclosures))
	e.end(start)
	for i := range d.disclosures {
		w.disclose(r, i, sequence, at)
	}
}

// disclose adds the ordinal'th child of r.
func (w *rows) disclose(r *record, ordinal int, sequence int64, at time.Time) {
	x, d := &r.detail.disclosures[ordinal], &w.disclosures
	start := d.row(disclosureFields)
	d.int64(sequence)
	d.time(at)
	d.int32(ordinal)
	d.int64(x.childID)
	d.int64(r.setIDs[ordinal])
	d.texts(x.bases)
	d.end(start)
}

// queue adds the statements that insert all rows.
func (w *rows) queue(batch *pgx.Batch) {
	batch.Queue(insertEntries, &w.entries)
	if w.disclosures.count > 0 {
		batch.Queue(insertDisclosures, &w.disclosures)
	}
}
