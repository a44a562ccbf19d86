// Package packet is what one hub sends another about a child that moves: a message of a
// fixed shape, signed by the sender and sealed for one receiver, and who the partners are.
package packet
