// Package matching brings a child's need and somebody's resource together while
// neither side learns who the other is: a need is published by kind, age band and
// township, and its child is opened to one handler once a match has been accepted.
package matching
