package main

type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func main() {
	kept, made := grow(17), 0
	for range 100 {
		made += grow(16).count()
	}
	println(kept.count(), "nodes stay of", kept.count()+made)
}
