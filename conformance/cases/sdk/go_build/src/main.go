// Has a program in C compiled, and runs it with nothing.
package main

import (
	"fmt"

	"guest/tool"
	build "guest/workbooks_engine_build"
)

func init() {
	tool.Add("run", "Compiles and runs a program in C.", "{}", func(source string) (string, error) {
		sources := []build.Source{{Path: "main.c", Content: []byte(source)}}
		artifact, err := build.ArtifactCompile("c", sources, nil).Get()
		if err != nil {
			return "", err
		}
		defer artifact.Drop()
		output, err := artifact.Run(nil, build.CommandRequest{Name: "program"}).Get()
		return fmt.Sprintf("%q, status %d", output.Stdout, output.Status), err
	})
}

func main() {}
