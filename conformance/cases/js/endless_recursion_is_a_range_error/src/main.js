const deeper = () => deeper() + 1;
try {
    deeper();
} catch (error) {
    console.log(error instanceof RangeError);
}
