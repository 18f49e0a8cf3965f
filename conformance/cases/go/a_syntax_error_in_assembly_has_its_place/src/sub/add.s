TEXT ·Add(SB), 4, $0-24
	Get SP
	I64Load a+0(FP)
	I64Load b+8(FP)
	I64Plus
	I64Store ret+16(FP)
	RET
