#include <iostream>

int main() {
  for (;;) std::cout << "0123456789abcde\n";
}
