// Package app puts the hub together; it is the only package that knows all
// others. New wires every enforcement point and fails where one is missing.
package app
