// Publishes messages, receives them, and acknowledges them.
package main

import (
	"fmt"

	"guest/tool"
	queue "guest/workbooks_engine_queue"
)

func init() {
	tool.Add("send", "Publishes a message.", "{}", send)
	tool.Add("work", "Takes all messages.", "{}", work)
}

func send(body string) (string, error) {
	if _, err := queue.Publish("jobs", []byte(body)).Get(); err != nil {
		return "", err
	}
	depth, err := queue.Depth("jobs").Get()
	return fmt.Sprint(depth), err
}

func work(string) (string, error) {
	messages, err := queue.Receive("jobs", 60_000, 10).Get()
	if err != nil {
		return "", err
	}
	var done []string
	for _, message := range messages {
		done = append(done, fmt.Sprintf("%s, attempt %d", message.Body, message.Attempts))
		if _, err := queue.Acknowledge("jobs", message.Receipt).Get(); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%q", done), nil
}

func main() {}
