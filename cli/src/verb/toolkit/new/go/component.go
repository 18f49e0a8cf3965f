// {id} is a component: tools that an agent can call, JSON in and JSON out.
package main

import "guest/tool"

func init() {
	tool.Add("echo", "Says what it is told.", `{"type": "array"}`, echo)
}

// An error of it is told to the caller.
func echo(arguments string) (string, error) {
	return arguments, nil
}

func main() {}
