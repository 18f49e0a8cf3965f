/* Greets each argument; `-` stands for the lines of standard input. */
#include <stdio.h>
#include <string.h>

static void greet(const char *name) { printf("Hello, %s!\n", name); }

int main(int argc, char **argv) {
    char line[256];
    if (argc < 2) greet("world");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-") != 0)
            greet(argv[i]);
        else
            while (fgets(line, sizeof line, stdin)) {
                line[strcspn(line, "\n")] = '\0';
                greet(line);
            }
    }
    return fflush(stdout) ? 1 : 0;
}
