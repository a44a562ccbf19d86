// Package complaint answers whoever complains of how personal information was handled: the
// officer answers in writing, and the head of the agency decides where that does not content.
package complaint
