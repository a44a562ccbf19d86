// Package handover passes on what people who have left a post had open there, to whoever
// holds it now.
package handover
