// Signs with a secret that it never sees.
package main

import (
	"fmt"

	"guest/tool"
	secrets "guest/workbooks_engine_secrets"
)

func init() { tool.Add("sign", "Signs the word \"message\".", "{}", sign) }

func sign(name string) (string, error) {
	signature, err := secrets.Sign(name, []byte("message")).Get()
	return fmt.Sprintf("%x", signature), err
}

func main() {}
