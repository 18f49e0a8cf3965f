#define A B
#define B A
TEXT ·add(SB), 4, $0-24
	A
	RET
