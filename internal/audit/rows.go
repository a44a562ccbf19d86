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
	entryFields  = 29
	packedFields = 7
)

// rows are a batch in the shape in which two statements take it all.
type rows struct {
	entries, packed shapeArray
}

// newRows has room for all rows of the records, with the bases that most have.
func newRows(s shapes, records []*record) *rows {
	parts, disclosures := 0, 0
	for _, r := range records {
		parts += len(r.parts)
		disclosures += len(r.detail.disclosures)
	}
	return &rows{
		entries: shapeArray{element: s.entry, body: make([]byte, 0, 768*len(records))},
		packed:  shapeArray{element: s.packed, body: make([]byte, 0, 192*parts+20*disclosures)},
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
	for i := range r.parts {
		w.pack(r, i, sequence, at)
	}
}

// pack adds the n'th packed row of r.
func (w *rows) pack(r *record, n int, sequence int64, at time.Time) {
	x, p := &r.parts[n], &w.packed
	start := p.row(packedFields)
	p.int64(sequence)
	p.time(at)
	p.int32(n)
	p.int64(x.setID)
	p.texts(x.bases)
	array := p.array(pgtype.Int4ArrayOID, pgtype.Int4OID, len(x.ordinals))
	for _, ordinal := range x.ordinals {
		p.body = appendUint32(appendUint32(p.body, 4), int(ordinal))
	}
	p.endArray(array)
	array = p.array(pgtype.Int8ArrayOID, pgtype.Int8OID, len(x.ordinals))
	for _, ordinal := range x.ordinals {
		p.body = appendInt64(appendUint32(p.body, 8), r.detail.disclosures[ordinal].childID)
	}
	p.endArray(array)
	p.end(start)
}

// queue adds the statements that insert all rows.
func (w *rows) queue(batch *pgx.Batch) {
	batch.Queue(insertEntries, &w.entries)
	if w.packed.count > 0 {
		batch.Queue(insertPacked, &w.packed)
	}
}
