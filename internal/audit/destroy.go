package audit

import (
	"cmp"
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
	// allowDestroy also keeps the planner from reading the whole log for each range:
	// of tables that nobody has analysed yet it thinks that they are small.
	allowDestroy = `-- name: AllowDestroy
SELECT set_config('tongxin.audit_destroy', 'on', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

	forbidDestroy = `-- name: ForbidDestroy
SELECT set_config('tongxin.audit_destroy', 'off', true), set_config('enable_seqscan', 'on', true),
    set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)`

	destroyDisclosures = `-- name: DestroyDisclosures
DELETE FROM audit_packed d USING audit_entry e, unnest($1::bigint[], $2::bigint[]) AS r (lo, hi)
WHERE e.sequence >= r.lo AND e.sequence < r.hi AND e.operation <> 'audit.destroy'
AND d.at = e.at AND d.sequence = e.sequence`

	destroyEntries = `-- name: DestroyEntries
UPDATE audit_entry e SET salt = NULL, agency_id = 0, staff_id = 0, post_id = 0, agency_code = '',
    staff_code = '', system = '', role = '', purpose = '', legal_basis = '', ticket = '',
    approval = '', operation = '', document_hash = '', policy_version = '', trace_id = '',
    outcome = '', reason = '', client_ip = '', break_glass = false, requested_id = 0,
    withheld_id = 0, disclosed = 0
FROM unnest($1::bigint[], $2::bigint[]) AS r (lo, hi)
WHERE e.sequence >= r.lo AND e.sequence < r.hi AND e.operation <> 'audit.destroy'`
)

// maxRanges bounds what one record of destruction names.
const maxRanges = 10_000

// DestroyTx empties, inside the caller's transaction, the details of the
// entries of ranges, each from a sequence to before another (their time to be
// kept is over), and appends e as the record of it; e says who did it and on
// which ground. Leaves and proofs stay as they are. Records of destruction are
// never emptied, and an emptied entry without a record is what Verify calls
// DetailGone. The old rows leave the disk with the next vacuum.
func (w *Writer) DestroyTx(ctx context.Context, tx pgx.Tx, ranges [][2]int64, e Entry) (Receipt, error) {
	if len(ranges) == 0 || len(ranges) > maxRanges {
		return Receipt{}, unavailable(fmt.Errorf("destroy %d ranges of entries", len(ranges)))
	}
	lo, hi := make([]int64, len(ranges)), make([]int64, len(ranges))
	e.Operation, e.Requested = destroyOperation, make([]string, len(ranges))
	for i, x := range ranges {
		if x[0] < 0 || x[1] <= x[0] {
			return Receipt{}, unavailable(fmt.Errorf("destroy entries %d to %d", x[0], x[1]))
		}
		lo[i], hi[i], e.Requested[i] = x[0], x[1], rangeText(x[0], x[1])
	}
	batch := &pgx.Batch{}
	batch.Queue(allowDestroy)
	batch.Queue(destroyDisclosures, lo, hi)
	batch.Queue(destroyEntries, lo, hi)
	batch.Queue(forbidDestroy)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return Receipt{}, unavailable(err)
	}
	return w.recordTx(ctx, tx, e)
}

// Ranges joins sequences, in rising order, to the ranges that hold exactly them.
func Ranges(sequences []int64) [][2]int64 {
	var ranges [][2]int64
	for _, s := range sequences {
		if n := len(ranges); n > 0 && ranges[n-1][1] == s {
			ranges[n-1][1]++
		} else {
			ranges = append(ranges, [2]int64{s, s + 1})
		}
	}
	return ranges
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

// merged sorts ranges and joins those that touch, so that covered finds its way.
func merged(ranges [][2]int64) [][2]int64 {
	slices.SortFunc(ranges, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	var out [][2]int64
	for _, x := range ranges {
		if n := len(out); n > 0 && x[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], x[1])
		} else {
			out = append(out, x)
		}
	}
	return out
}

// covered says whether one of the merged ranges holds sequence.
func covered(sequence int64, merged [][2]int64) bool {
	_, found := slices.BinarySearchFunc(merged, sequence, func(x [2]int64, sequence int64) int {
		switch {
		case x[1] <= sequence:
			return -1
		case x[0] > sequence:
			return 1
		}
		return 0
	})
	return found
}
