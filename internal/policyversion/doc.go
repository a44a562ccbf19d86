// Package policyversion knows which policy version is in force and holds it: the
// text is in the database, and each node compiles it beside its requests as soon as
// it is in force. A node that cannot serve the version in force stops answering at
// once, one that cannot confirm which it is, within ten seconds.
package policyversion
