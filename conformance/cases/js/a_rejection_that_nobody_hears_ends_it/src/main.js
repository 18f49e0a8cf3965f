Promise.reject(new Error('unheard'));
setTimeout(() => console.log('never'), 1000);
