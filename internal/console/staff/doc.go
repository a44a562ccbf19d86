// Package staff is the pages of those who work with children: inbox, child, report of
// harm, ledgers, reports, board.
package staff
