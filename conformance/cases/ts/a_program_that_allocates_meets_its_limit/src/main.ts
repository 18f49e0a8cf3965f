const all: string[] = [];
for (;;) all.push('x'.repeat(1e6) + all.length);
