TEXT ·add(SB), 4, $0-24
	Get $1
	End
	RET
