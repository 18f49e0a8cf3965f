// Sends a datagram and hears the answer.
package main

import (
	"strconv"
	"strings"

	"guest/tool"
	udp "guest/workbooks_engine_udp"
)

func init() { tool.Add("tell", "Sends HOST:PORT a word.", "{}", tell) }

func tell(arguments string) (string, error) {
	place, text, _ := strings.Cut(arguments, " ")
	host, digits, _ := strings.Cut(place, ":")
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", err
	}
	heard, err := udp.Request(host, uint16(port), []byte(text), 5000).Get()
	if err != nil {
		return "", err
	}
	return string(heard.SomeOr(nil)), nil
}

func main() {}
