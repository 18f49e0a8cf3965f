function inner() {
    throw new TypeError('bad', { cause: 'a reason' });
}
inner();
