#include <iostream>

int main() {
    try { std::cout << 1; } catch (...) {}
}
