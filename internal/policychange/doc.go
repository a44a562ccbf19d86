// Package policychange is how the policy is changed: one person proposes lines that
// come and go, sees what they do, and another person approves; approved is in force.
package policychange
