int main() {
  volatile int on = 1;
  while (on) {
  }
}
