// Package tool is the door of a component: the tools that an agent can call, JSON in and JSON out.
package tool

import (
	"errors"

	exported "guest/export_workbooks_engine_tool"
	"guest/wit/types"
	engine "guest/workbooks_engine_tool"
	failures "guest/workbooks_engine_types"
)

type called func(arguments string) (string, error)

var (
	specs []engine.Spec
	tools = map[string]called{}
)

// Add offers a tool; parameters is the JSON Schema of its arguments. It is called in an init
// function. An error that is not the engine's own tells the caller that the arguments are invalid.
func Add(name, description, parameters string, call func(arguments string) (string, error)) {
	specs = append(specs, engine.Spec{Name: name, Description: description, Parameters: parameters})
	tools[name] = call
}

func init() {
	exported.OnDescribe = func() types.Result[[]engine.Spec, failures.Error] {
		return types.Ok[[]engine.Spec, failures.Error](specs)
	}
	exported.OnCall = func(name, arguments string) types.Result[string, failures.Error] {
		call, known := tools[name]
		if !known {
			return types.Err[string](failures.MakeErrorNotFound())
		}
		answer, err := call(arguments)
		if err == nil {
			return types.Ok[string, failures.Error](answer)
		}
		var failure failures.Error
		if !errors.As(err, &failure) {
			failure = failures.MakeErrorInvalid(err.Error())
		}
		return types.Err[string](failure)
	}
}
