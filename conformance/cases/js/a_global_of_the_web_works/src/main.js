console.log(new TextDecoder().decode(new TextEncoder().encode('h€llo 😀')));
console.log(new URL('../b?x=1#y', 'https://example.org/a/c/').href);
console.log(structuredClone({ when: new Date(0), all: new Set([1, [2]]) }));
console.log(atob(btoa('bytes')), crypto.randomUUID().length, performance.now() >= 0);
queueMicrotask(() => console.log('second'));
console.log('first');
