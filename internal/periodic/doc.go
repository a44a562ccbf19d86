// Package periodic does a piece of work again and again, beside the answers.
package periodic
