// Package policyversion knows which policy version is in force. A node that
// cannot confirm it within ten seconds stops answering.
package policyversion
