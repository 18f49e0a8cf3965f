// Asks by HTTP, with and without a credential of the policy.
package main

import (
	"fmt"
	"io"
	"strings"

	"guest/stream"
	"guest/tool"
	"guest/wit/types"
	net "guest/workbooks_engine_net"
)

func init() {
	tool.Add("ask", "METHOD URL [BODY]", "{}", func(arguments string) (string, error) {
		method, rest, _ := strings.Cut(arguments, " ")
		url, body, _ := strings.Cut(rest, " ")
		return fetch(net.Request{Method: method, Url: url, Body: []byte(body)})
	})
	tool.Add("whoami", "Asks URL with a credential.", "{}", func(url string) (string, error) {
		return fetch(net.Request{Method: "GET", Url: url, Credential: types.Some("TOKEN")})
	})
}

func fetch(request net.Request) (string, error) {
	request.Headers = []net.Header{{Name: "X-Guest", Value: []byte("go")}}
	response, err := net.Fetch(request).Get()
	if err != nil {
		return "", err
	}
	defer response.Drop()
	status, err := response.Status().Get()
	if err != nil {
		return "", err
	}
	headers, err := response.Headers().Get()
	if err != nil {
		return "", err
	}
	heard := ""
	for _, header := range headers {
		if strings.EqualFold(header.Name, "x-heard") {
			heard = string(header.Value)
		}
	}
	body, err := response.Body().Get()
	if err != nil {
		return "", err
	}
	defer body.Drop()
	text, err := io.ReadAll(stream.Reader(body))
	return fmt.Sprintf("%d, heard %q: %s", status, heard, text), err
}

func main() {}
