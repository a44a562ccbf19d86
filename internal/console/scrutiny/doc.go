// Package scrutiny is the pages of those who hold the rules to account: the matrix read
// across, versions and proposals of the policy, the rights desk, the yearly pack.
package scrutiny
