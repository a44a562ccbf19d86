// Package ask puts the console's questions through the very handler behind /graphql,
// in this process: token, limits, policy and record hold for it as for any client.
package ask
