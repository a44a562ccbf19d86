// Package admin is the console's pages for those who administer access: what waits for a
// second person, posts, people, contracts, client systems, settings, and what was changed.
package admin
