// Package outreach notes what is done for many: group sessions and trainings,
// counted as 场 and 人次, without a name reaching any figure.
package outreach
