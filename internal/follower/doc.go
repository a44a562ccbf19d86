// Package follower works through the log behind the answers: what need not be known
// when an answer leaves is worked out from its entry soon afterwards, each entry
// once, however many hubs run.
package follower
