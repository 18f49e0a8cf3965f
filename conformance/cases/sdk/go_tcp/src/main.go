// Sends what it is told, and reads until the peer closes.
package main

import (
	"strconv"
	"strings"

	"guest/tool"
	tcp "guest/workbooks_engine_tcp"
)

func init() { tool.Add("ask", "Asks HOST:PORT a word.", "{}", ask) }

func ask(arguments string) (string, error) {
	place, text, _ := strings.Cut(arguments, " ")
	host, digits, _ := strings.Cut(place, ":")
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", err
	}
	heard, err := tcp.Request(host, uint16(port), []byte(text), 5000).Get()
	return string(heard), err
}

func main() {}
