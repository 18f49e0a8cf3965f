package text

var _ int = "not for this machine"
