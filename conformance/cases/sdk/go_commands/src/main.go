// Runs registered commands.
package main

import (
	"fmt"

	"guest/tool"
	commands "guest/workbooks_engine_commands"
)

func init() {
	tool.Add("run", "Runs a command.", "{}", func(name string) (string, error) {
		request := commands.CommandRequest{Name: name, Stdin: []byte("its input")}
		output, err := commands.Run(request).Get()
		return fmt.Sprintf("%q, status %d", output.Stdout, output.Status), err
	})
}

func main() {}
