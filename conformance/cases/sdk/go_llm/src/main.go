// Asks the model of the policy.
package main

import (
	"fmt"
	"strings"

	"guest/tool"
	llm "guest/workbooks_engine_llm"
)

func init() { tool.Add("complete", "Asks the model.", "{}", complete) }

func complete(text string) (string, error) {
	question := llm.Message{Role: llm.RoleUser, Content: []llm.Part{llm.MakePartText(text)}}
	clock := llm.ToolSpec{Name: "clock", Description: "Tells the time.", Parameters: "{}"}
	request := llm.Request{Messages: []llm.Message{question}, Tools: []llm.ToolSpec{clock}}
	answer, err := llm.Complete(request).Get()
	var all strings.Builder
	for _, part := range answer.Message.Content {
		switch part.Tag() {
		case llm.PartText:
			fmt.Fprintf(&all, "%q ", part.Text())
		case llm.PartToolCall:
			fmt.Fprintf(&all, "calls %s with %s ", part.ToolCall().Name, part.ToolCall().Arguments)
		}
	}
	fmt.Fprintf(&all, "of %d and %d tokens, for want of a tool: %t", answer.InputTokens, answer.OutputTokens, answer.Stop == llm.StopToolCalls)
	return all.String(), err
}

func main() {}
