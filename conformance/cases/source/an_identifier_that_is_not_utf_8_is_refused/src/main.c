int main(void) { int café = 1; return café; }
