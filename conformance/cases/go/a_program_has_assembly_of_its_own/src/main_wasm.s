#include "textflag.h"
#include "go_asm.h"

// func add(a, b int64) int64
TEXT ·add(SB), NOSPLIT, $0-24
	Get SP
	I64Load a+0(FP)
	I64Load b+8(FP)
	I64Add
	I64Const $const_bias
	I64Add
	I64Store ret+16(FP)
	RET

// func second(p *pair) int64
TEXT ·second(SB), NOSPLIT, $0-16
	MOVD p+0(FP), R0
	MOVD pair_b(R0), R1
	MOVD R1, ret+8(FP)
	RET

// func twice(x int64) int64
TEXT ·twice(SB), $16-16
	MOVD x+0(FP), R0
	MOVD R0, 0(SP)
	CALL ·double(SB)
	MOVD 8(SP), R0
	MOVD R0, ret+8(FP)
	RET
