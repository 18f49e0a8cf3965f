#include <snappy.h>

#include <iostream>
#include <string>

int main() {
  // 10 bytes: the literal "ab", then 8 bytes from an offset of 2 (tag 01, length 8 - 4).
  const std::string stream("\x0a\x04" "ab\x11\x02", 6);
  std::string plain;
  std::cout << (snappy::Uncompress(stream.data(), stream.size(), &plain) ? plain : "refused") << '\n';

  std::string text;
  for (int line = 0; line < 5000; ++line) text += "line " + std::to_string(line) + " of many\n";
  std::string packed, again;
  snappy::Compress(text.data(), text.size(), &packed);
  const bool smaller = packed.size() < text.size() / 2;
  const bool same = snappy::Uncompress(packed.data(), packed.size(), &again) && again == text;
  std::cout << text.size() << (smaller ? " bytes, less than half of it packed, " : " bytes, ")
            << (same ? "the same again" : "not the same again") << '\n';

  packed.resize(packed.size() / 2);
  std::cout << "half of it: " << (snappy::Uncompress(packed.data(), packed.size(), &again) ? "taken" : "refused")
            << '\n';
}
