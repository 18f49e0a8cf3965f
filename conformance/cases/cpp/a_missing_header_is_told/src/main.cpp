#include <absent>

int main() {}
