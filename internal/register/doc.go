// Package register stores the register of left-behind, hardship and migrant children.
package register
