package audit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// destroyOperation marks the record of a destruction, and operationText is the
// place of Entry.Operation among the texts.
const (
	destroyOperation = "audit.destroy"
	operationText    = 8
)

const (
	allowDestroy = `-- name: AllowDestroy
SELECT set_config('tongxin.audit_destroy', $1, true)`

	destroyDisclosures = `-- name: DestroyDisclosures
DELETE FROM audit_disclosure d USING audit_entry e
WHERE e.sequence >= $1 AND e.sequence < $2 AND e.operation <> 'audit.destroy'
AND d.at = e.at AND d.sequence = e.sequence`

	destroyEntries = `-- name: DestroyEntries
UPDATE audit_entry SET salt = NULL, agency_id = 0, staff_id = 0, post_id = 0, agency_code = '',
    staff_code = '', system = '', role = '', purpose = '', legal_basis = '', ticket = '',
    approval = '', operation = '', document_hash = '', policy_version = '', trace_id = '',
    outcome = '', reason = '', client_ip = '', break_glass = false, requested_id = 0,
    withheld_id = 0, disclosed = 0
WHERE sequence >= $1 AND sequence < $2 AND operation <> 'audit.destroy'`
)

// DestroyTx empties, inside the caller's transaction, the details of the
// entries from sequence from to before to (their time to be kept is over), and
// appends e as the record of it; e says who did it and on which ground. Leaves
// and proofs stay as they are. Records of destruction are never emptied, and an
// emptied entry without a record is what Verify calls DetailGone. The old rows
// leave the disk with the next vacuum.
func (w *Writer) DestroyTx(ctx context.Context, tx pgx.Tx, from, to int64, e Entry) (Receipt, error) {
	if from < 0 || to <= from {
		return Receipt{}, unavailable(fmt.Errorf("destroy entries %d to %d", from, to))
	}
	batch := &pgx.Batch{}
	batch.Queue(allowDestroy, "on")
	batch.Queue(destroyDisclosures, from, to)
	batch.Queue(destroyEntries, from, to)
	batch.Queue(allowDestroy, "off")
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return Receipt{}, unavailable(err)
	}
	e.Operation = destroyOperation
	e.Requested = []string{rangeText(from, to)}
	return w.recordTx(ctx, tx, e)
}

// foreignOperation keeps a client's choice of a name from passing for a record
// of destruction.
func foreignOperation(name string) string {
	if name == destroyOperation {
		return "client." + name
	}
	return name
}

// rangeText names the entries from one sequence to before another.
func rangeText(from, to int64) string { return fmt.Sprintf("entry:%d-%d", from, to) }

// parseRanges reads what rangeText wrote, and passes over other coordinates.
func parseRanges(coordinates []string) [][2]int64 {
	var ranges [][2]int64
	for _, c := range coordinates {
		text, found := strings.CutPrefix(c, "entry:")
		if !found {
			continue
		}
		first, second, _ := strings.Cut(text, "-")
		from, err1 := strconv.ParseInt(first, 10, 64)
		to, err2 := strconv.ParseInt(second, 10, 64)
		if err1 == nil && err2 == nil && rangeText(from, to) == c {
			ranges = append(ranges, [2]int64{from, to})
		}
	}
	return ranges
}

// covered says whether one of ranges holds sequence.
func covered(sequence int64, ranges [][2]int64) bool {
	return slices.ContainsFunc(ranges, func(x [2]int64) bool { return x[0] <= sequence && sequence < x[1] })
}
