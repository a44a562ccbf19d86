// Package cosignature makes and checks what witnesses say of a log: C2SP
// tlog-cosignature (Ed25519, version 1) and the bodies of C2SP tlog-witness.
package cosignature
