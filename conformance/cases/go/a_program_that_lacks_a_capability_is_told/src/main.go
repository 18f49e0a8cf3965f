package main

import (
	"fmt"
	"strings"

	"guest/tool"
	kv "guest/workbooks_engine_kv"
)

func init() {
	tool.Add("grow", "Makes the value of a key longer.", "{}", grow)
}

func grow(key string) (string, error) {
	found, err := kv.Get(key).Get()
	if err != nil {
		return "", err
	}
	value := string(found.SomeOr(nil)) + strings.Repeat("x", 1000)
	if _, err := kv.Set(key, []byte(value)).Get(); err != nil {
		return "", err
	}
	return fmt.Sprint(len(value)), nil
}

func main() {}
