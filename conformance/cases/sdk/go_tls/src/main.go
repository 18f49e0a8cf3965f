// The first line that a web server answers over TLS.
package main

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"guest/stream"
	"guest/tool"
	tls "guest/workbooks_engine_tls"
)

func init() { tool.Add("ask", "Asks HOST:PORT for a PATH.", "{}", ask) }

func ask(arguments string) (string, error) {
	place, path, _ := strings.Cut(arguments, " ")
	host, digits, _ := strings.Cut(place, ":")
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", err
	}
	connection, err := tls.ConnectionConnect(host, uint16(port), 5000).Get()
	if err != nil {
		return "", err
	}
	defer connection.Drop()
	output, err := connection.Output().Get()
	if err != nil {
		return "", err
	}
	defer output.Drop()
	if _, err := fmt.Fprintf(stream.Writer(output), "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host); err != nil {
		return "", err
	}
	input, err := connection.Input().Get()
	if err != nil {
		return "", err
	}
	defer input.Drop()
	line, err := bufio.NewReader(stream.Reader(input)).ReadString('\n')
	return strings.TrimSpace(line), err
}

func main() {}
