package disclosure

import "strings"

// steps are how far back from its beginning each step of a merge looks: eight times
// as far as the one before, the last back to the first entry.
const steps = "'{1s,8s,64s,512s,4096s,32768s,3d,24d,200d,5y,1000y}'::interval[], '{0s,1s,8s,64s,512s,4096s,32768s,3d,24d,200d,5y}'::interval[]"

// merge walks the postings of many keys as one, from the newest on. Postings of one key
// stand in order, those of many do not; so it goes back in steps that grow, and orders
// what each one finds. A page ends with the step that fills it: what is read hangs on
// the page and the number of keys, and not on the length of the log.
type merge struct {
	// key and time are columns of the postings, among the SQL of the keys.
	key, time, among string
	// where narrows every step; nothing is newer than the least of until.
	where, until []string
}

// source is the merged postings as k, with the step that found them.
func (m *merge) source(table string) string {
	newest := "least(" + strings.Join(m.until, ", ") + ")"
	conditions := append([]string{
		"k." + m.key + " = ANY (" + m.among + ")", "k." + m.time + " >= " + newest + " - w.far",
		"k." + m.time + " < CASE w.step WHEN 1 THEN 'infinity' ELSE " + newest + " - w.near END",
	}, m.where...)
	return "(SELECT w.step, k.* FROM unnest(" + steps + ") WITH ORDINALITY w (far, near, step) CROSS JOIN LATERAL (SELECT DISTINCT k." + m.time +
		", k.sequence FROM " + table + " k WHERE " + and(conditions...) + " ORDER BY 1 DESC, 2 DESC OFFSET 0) k) k"
}
