// Package flowtest tries every move of a machine in every state by everybody, and holds
// the machine's roles against the policy.
package flowtest
