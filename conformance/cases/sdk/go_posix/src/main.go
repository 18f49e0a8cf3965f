// Runs a native program that the operator allowed.
package main

import (
	"fmt"
	"strings"

	"guest/tool"
	posix "guest/workbooks_engine_posix"
)

func init() {
	tool.Add("say", "Says it.", "{}", func(words string) (string, error) {
		request := posix.CommandRequest{Name: "echo", Argv: strings.Fields(words)}
		output, err := posix.Run(request).Get()
		return fmt.Sprintf("%q, status %d", output.Stdout, output.Status), err
	})
}

func main() {}
