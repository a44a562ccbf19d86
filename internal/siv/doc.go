// Package siv is AES-SIV (RFC 5297) with one associated datum, for many short
// texts under one key: the key schedules and CMAC subkeys are made once, and
// nothing is allocated but what the caller's buffer lacks. Its output is that of
// Tink's AES-SIV keys without prefix, byte for byte; a test holds it to that.
package siv
