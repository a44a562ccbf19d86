// Package npmtest installs the npm packages that tests run, as a lock file pins them.
package npmtest
