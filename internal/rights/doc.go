// Package rights is the desk that answers "who looked at my child's file": the way
// of such a question, who may ask it, what may be told now and what has to wait, and
// the page that is handed out.
package rights
