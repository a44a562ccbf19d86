package audit

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// byteArrays goes out as bytea[].
type byteArrays = pgtype.FlatArray[[]byte]

// columns are the rows of a batch by column, the shape in which one statement
// takes them all.
type columns struct {
	at                      []time.Time
	id                      []pgtype.UUID
	commitment, salt        byteArrays
	agency, staff, post     []int64
	texts                   [textCount][]string
	breakGlass              []bool
	requested, withheld     []int64
	disclosed               []int32
	sequenceD, childD, setD []int64
	atD                     []time.Time
	ordinalD                []int32
	basesD                  []string
}

func newColumns(n int) *columns {
	c := &columns{
		at: make([]time.Time, 0, n), id: make([]pgtype.UUID, 0, n),
		commitment: make(byteArrays, 0, n), salt: make(byteArrays, 0, n),
		agency: make([]int64, 0, n), staff: make([]int64, 0, n), post: make([]int64, 0, n),
		breakGlass: make([]bool, 0, n), requested: make([]int64, 0, n),
		withheld: make([]int64, 0, n), disclosed: make([]int32, 0, n),
	}
	for i := range c.texts {
		c.texts[i] = make([]string, 0, n)
	}
	return c
}

// add puts one record at its place.
func (c *columns) add(r *record, sequence int64, at time.Time) {
	d := &r.detail
	c.at = append(c.at, at)
	c.id = append(c.id, pgtype.UUID{Bytes: r.id, Valid: true})
	c.commitment = append(c.commitment, r.commitment[:])
	c.salt = append(c.salt, r.salt)
	c.agency = append(c.agency, d.agencyID)
	c.staff = append(c.staff, d.staffID)
	c.post = append(c.post, d.postID)
	for i := range d.texts {
		c.texts[i] = append(c.texts[i], d.texts[i])
	}
	c.breakGlass = append(c.breakGlass, d.breakGlass)
	c.requested = append(c.requested, r.requestedID)
	c.withheld = append(c.withheld, r.withheldID)
	c.disclosed = append(c.disclosed, int32(len(d.disclosures))) //nolint:gosec // maxDisclosures bounds it
	for i := range d.disclosures {
		x := &d.disclosures[i]
		c.sequenceD = append(c.sequenceD, sequence)
		c.atD = append(c.atD, at)
		c.ordinalD = append(c.ordinalD, int32(i))
		c.childD = append(c.childD, x.childID)
		c.setD = append(c.setD, r.setIDs[i])
		c.basesD = append(c.basesD, strings.Join(x.bases, basisSeparator))
	}
}

// queue adds the inserts of all rows; first is the sequence of the first entry.
func (c *columns) queue(batch *pgx.Batch, first int64, backdated bool) {
	args := make([]any, 0, 29)
	args = append(args, first, int16(formatVersion), backdated,
		c.at, c.id, c.commitment, c.salt, c.agency, c.staff, c.post)
	for i := range c.texts {
		args = append(args, c.texts[i])
	}
	args = append(args, c.breakGlass, c.requested, c.withheld, c.disclosed)
	batch.Queue(insertEntries, args...)
	if len(c.atD) > 0 {
		batch.Queue(insertDisclosures, c.sequenceD, c.atD, c.ordinalD, c.childD, c.setD, c.basesD)
	}
}
