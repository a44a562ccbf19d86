// Package child stores the child and the file put together from four departments.
package child
