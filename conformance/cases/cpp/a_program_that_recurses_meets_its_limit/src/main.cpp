static int deeper(volatile int depth) { return deeper(depth + 1) + depth; }

int main() { return deeper(0); }
