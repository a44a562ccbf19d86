// Package logstatus tells where the audit log stands: its size, its signature and
// its witnesses.
package logstatus
