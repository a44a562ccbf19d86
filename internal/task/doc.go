// Package task is the inbox: what a person has to do about a record until when, who
// hears of it when it is not done, and what has changed since one last looked.
package task
