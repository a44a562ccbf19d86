// Package federation stores women's federation: family education, pairing, rights.
package federation
