package audit

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"
)

// stale is the SQLSTATE of audit_advance when another process appended.
const stale = "TX001"

// errShorter: the log has lost entries that were acknowledged. No entry may be
// written upon it; an operator must find the missing part first.
var errShorter = errors.New("the audit log is shorter than, or differs from, what was acknowledged")

// head is where the log stands.
type head struct {
	frontier
	at  time.Time // of the newest entry that was not backdated
	old bool      // kept only to be compared with; another may have appended
}

// scanHead reads the row of readHead.
func scanHead(row pgx.Row) (head, error) {
	var h head
	var root, edge []byte
	if err := row.Scan(&h.size, &root, &edge, &h.at); err != nil {
		return head{}, fmt.Errorf("read head: %w", err)
	}
	h.at = h.at.UTC()
	f, err := parseFrontier(h.size, edge, root)
	if err != nil {
		return head{}, err
	}
	h.frontier = f
	return h, nil
}

// follows refuses a head that cannot have grown out of known.
func (h *head) follows(known *head) error {
	if known == nil {
		return nil
	}
	if h.size < known.size || (h.size == known.size && h.root() != known.root()) {
		return fmt.Errorf("%w: size %d, known %d", errShorter, h.size, known.size)
	}
	return nil
}

// extension is what one transaction adds to the log.
type extension struct {
	from, to head
	receipts []Receipt
	hashes   [][]byte
	rows     *rows
}

// extend places the records behind h. now and backdated decide their times.
func (h *head) extend(s shapes, records []*record, now time.Time, backdated bool) *extension {
	x := &extension{from: *h, to: head{frontier: h.clone(), at: h.at}}
	x.receipts = make([]Receipt, 0, len(records))
	x.hashes = make([][]byte, 0, 2*len(records)+8)
	x.rows = newRows(s, records)
	keep := func(hash tlog.Hash) { x.hashes = append(x.hashes, append([]byte(nil), hash[:]...)) }
	for _, r := range records {
		at := x.to.place(r.at, now, backdated)
		sequence := x.to.size
		l := leaf{
			version: formatVersion, backdated: backdated, sequence: sequence,
			at: at, id: r.id, commitment: r.commitment,
		}
		x.to.append(l.hash(), keep)
		x.rows.add(r, sequence, at, backdated)
		x.receipts = append(x.receipts, r.receipt(sequence, at))
	}
	return x
}

// place gives an entry its time: not after now; not before the entry in front
// of it unless it is backdated. A zero time is now.
func (h *head) place(at, now time.Time, backdated bool) time.Time {
	if at.IsZero() || at.After(now) {
		at = now
	}
	at = at.UTC().Truncate(time.Microsecond)
	if backdated {
		return at
	}
	if at.Before(h.at) {
		at = h.at
	}
	h.at = at
	return at
}

// queue adds the statements that write x.
func (x *extension) queue(batch *pgx.Batch) {
	from, to := x.from.root(), x.to.root()
	batch.Queue(advance, x.from.size, from[:], x.to.size, to[:], x.to.bytes(), x.to.at)
	x.rows.queue(batch)
	batch.Queue(insertHashes, tlog.StoredHashCount(x.from.size), byteArrays(x.hashes))
}

// months are the first days of the months in which x has entries.
func (x *extension) months() []time.Time {
	var months []time.Time
	for i := range x.receipts {
		m := monthOf(x.receipts[i].At)
		if n := len(months); n == 0 || !months[n-1].Equal(m) {
			months = append(months, m)
		}
	}
	return months
}

// monthOf is the first instant of t's month.
func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
