// One command over several inputs.
package main

import (
	"fmt"
	"strings"

	"guest/tool"
	"guest/wit/types"
	parallel "guest/workbooks_engine_parallel"
)

func init() { tool.Add("map", "Runs all that it is told.", "{}", each) }

func each(names string) (string, error) {
	var requests []parallel.CommandRequest
	for at, name := range strings.Fields(names) {
		stdin := fmt.Appendf(nil, "input %d", at)
		requests = append(requests, parallel.CommandRequest{Name: name, Stdin: stdin})
	}
	options := parallel.Options{Width: types.Some(uint32(2))}
	results, err := parallel.RunMany(requests, options).Get()
	var all strings.Builder
	for _, result := range results {
		output, why := result.Get()
		fmt.Fprintf(&all, "%q %v\n", output.Stdout, why)
	}
	return all.String(), err
}

func main() {}
