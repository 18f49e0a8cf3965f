.globl other
