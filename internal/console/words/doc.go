// Package words holds what the console says in Chinese and English, one file each.
package words
