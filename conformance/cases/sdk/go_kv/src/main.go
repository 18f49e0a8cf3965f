// Counts under a key.
package main

import (
	"errors"
	"strconv"

	"guest/tool"
	kv "guest/workbooks_engine_kv"
)

func init() {
	tool.Add("count", "Counts under a key.", `{"type":"string"}`, count)
}

func count(key string) (string, error) {
	if key == "" {
		return "", errors.New("a key has letters")
	}
	found, err := kv.Get(key).Get()
	if err != nil {
		return "", err
	}
	before, _ := strconv.Atoi(string(found.SomeOr([]byte("0"))))
	now := strconv.Itoa(before + 1)
	_, err = kv.Set(key, []byte(now)).Get()
	return now, err
}

func main() {}
