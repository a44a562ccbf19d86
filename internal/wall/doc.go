// Package wall is the second wall: reads of data run under a database role of the
// caller's role in the policy, and this role can read only the columns and the
// children that the policy opens to it. The plan of package disclosure does not
// rely on it; a mistake in the plan meets a refusal of PostgreSQL.
//
// Raise makes roles, views, column privileges and row security from the policy
// when a version is put in force. Reader sends statements under a role.
package wall
