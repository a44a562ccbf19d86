// Package recertifying takes back what nobody needs: heads confirm the posts of their
// agencies each quarter, unused posts lapse after a notice, and reminders come before
// vetting, authorisations and contracts end.
package recertifying
