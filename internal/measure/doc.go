// Package measure is what protects a child and must end one day: the shield and the
// temporary placement, looked at again in time and ended by two.
package measure
