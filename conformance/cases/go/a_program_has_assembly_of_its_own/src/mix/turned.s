#include "mix.h"

TEXT ·Turned(SB), NOSPLIT, $0-24
	Get SP
	I64Load x+0(FP)
	I64Load n+8(FP)
	I64Rotl
	I64Store ret+16(FP)
	RET
