// Package e2e asks a whole running hub over HTTP, as a partner's system would.
// Each case is a directory under cases/<area>/<root field>/<case>: the document,
// who asks, the variables, and the whole answer that must come back.
package e2e
