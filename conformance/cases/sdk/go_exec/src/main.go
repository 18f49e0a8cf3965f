// Writes to a child and reads what it says.
package main

import (
	"fmt"
	"io"
	"strings"

	"guest/stream"
	"guest/tool"
	exec "guest/workbooks_engine_exec"
)

func init() {
	tool.Add("spawn", "Says words to a child.", "{}", spawn)
	tool.Add("kill", "Ends a child that would not.", "{}", kill)
}

func spawn(arguments string) (string, error) {
	words := strings.Fields(arguments)
	child, err := exec.ProcessSpawn(exec.CommandRequest{Name: words[0]}).Get()
	if err != nil {
		return "", err
	}
	defer child.Drop()
	input, err := child.Stdin().Get()
	if err != nil {
		return "", err
	}
	for _, word := range words[1:] {
		fmt.Fprint(stream.Writer(input), word)
	}
	input.Drop()
	output, err := child.Stdout().Get()
	if err != nil {
		return "", err
	}
	defer output.Drop()
	said, err := io.ReadAll(stream.Reader(output))
	if err != nil {
		return "", err
	}
	status, err := wait(child)
	return fmt.Sprintf("%q, status %d", said, status), err
}

func kill(name string) (string, error) {
	child, err := exec.ProcessSpawn(exec.CommandRequest{Name: name}).Get()
	if err != nil {
		return "", err
	}
	defer child.Drop()
	if _, err := child.Kill().Get(); err != nil {
		return "", err
	}
	status, err := wait(child)
	return fmt.Sprint("status ", status), err
}

func wait(child *exec.Process) (int32, error) {
	ended, err := child.Subscribe().Get()
	if err != nil {
		return 0, err
	}
	defer ended.Drop()
	ended.Block()
	status, err := child.Status().Get()
	return status.SomeOr(-1), err
}

func main() {}
