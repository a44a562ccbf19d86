// Package minimisation holds what the policy grants against what was asked for and
// shown: which rights a role, purpose and partner used, and which policy lines no
// disclosure of a period needed. It reads names and counts from the log, no value.
package minimisation
