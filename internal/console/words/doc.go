// Package words holds what the console says in Chinese and English, a pair of files for each group of pages.
package words
