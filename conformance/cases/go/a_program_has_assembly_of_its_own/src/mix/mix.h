#include "textflag.h"

#define UNARY(name, instruction) \
TEXT name(SB), NOSPLIT, $0-16 \
	Get SP \
	I64Load x+0(FP) \
	instruction \
	I64Store ret+8(FP) \
	RET
