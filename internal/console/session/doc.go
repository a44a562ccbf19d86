// Package session keeps who is signed in to the console: the browser holds a random
// cookie, the database its hash and, sealed, the access token and what was chosen.
package session
