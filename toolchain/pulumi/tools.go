//go:build tools

// Package pulumi names the program that isoserve builds from this module, so that `go mod tidy` keeps it.
package pulumi

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
