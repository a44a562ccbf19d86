// Package limit measures a parsed operation before anything runs it and
// refuses the one that asks for too much.
//
// The pass is memoised per fragment, so its time grows with the size of the
// document even where fragments spread each other; it works on documents that
// have not been validated yet, since validation can itself be made expensive.
package limit
