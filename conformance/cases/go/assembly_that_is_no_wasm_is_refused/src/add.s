TEXT ·add(SB), 4, $0-24
	I64Add
	RET
