int main(void) {
  char *text = 1.5;
  return 0;
}
