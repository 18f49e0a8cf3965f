int main() { int café = 1; return café; }
