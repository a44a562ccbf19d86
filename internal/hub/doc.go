// Package hub answers one GraphQL request: it parses and bounds it, validates
// it against the schema, hands data to the disclosure gate and everything else
// to the generated executor, and puts data, receipt and errors together.
package hub
