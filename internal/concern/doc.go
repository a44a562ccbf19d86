// Package concern sends what a visit found to those who have to act on it: each hears
// of the topic that is theirs, and never what else the visit found.
package concern
