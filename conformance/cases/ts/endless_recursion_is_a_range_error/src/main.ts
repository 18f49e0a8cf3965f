function deeper(depth: number): number {
    return deeper(depth + 1) + depth;
}

try {
    deeper(0);
} catch (error) {
    console.log(error instanceof RangeError);
}
