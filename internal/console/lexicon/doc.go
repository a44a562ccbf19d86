// Package lexicon says in Chinese and English what the elements of the schema are
// called: the names of fields, values and inputs that pages show come from their
// descriptions and stand nowhere else.
package lexicon
