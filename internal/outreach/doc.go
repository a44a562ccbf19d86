// Package outreach notes what is done for many: group sessions, counselling and
// training, counted as 场, 次 and 人次, without a name reaching any figure.
package outreach
