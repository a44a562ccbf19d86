// Package record describes how the types of the schema are stored: the table
// of each type, the SQL of each coordinate that is not simply its own column,
// the links between types and the root fields that start a read. Areas fill it
// in their store.go; package disclosure turns it into statements.
package record
