// Package aid is education aid (教育资助): a school proposes it for a term, the guardian
// agrees, the education bureau decides, the family is told. No amount, and no name
// outside school and bureau.
package aid
