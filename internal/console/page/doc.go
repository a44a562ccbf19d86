// Package page is what all pages of the console are made with: who visits in which post
// and for which purpose, sealed links, records with their lawful moves, templates.
package page
