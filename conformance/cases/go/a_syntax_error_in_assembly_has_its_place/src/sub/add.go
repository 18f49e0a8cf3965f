package sub

func Add(a, b int64) int64
