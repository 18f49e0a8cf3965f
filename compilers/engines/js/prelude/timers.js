// Timers, and what happens between two of them.

// By time, then by age.
const waiting = [];
const timers = new Map();
let last = 0;

const begin = (timer) => {
    let at = waiting.length;
    while (at > 0 && waiting[at - 1].at > timer.at) at -= 1;
    waiting.splice(at, 0, timer);
};

const timer = (every) => (act, delay = 0, ...args) => {
    if (typeof act !== 'function') throw new TypeError('a timer needs a function');
    const wait = Math.min(Math.max(Number(delay) || 0, 1), 2 ** 31 - 1);
    const made = { id: ++last, act, args, wait, every, at: internal.now() + wait };
    timers.set(made.id, made);
    begin(made);
    return made.id;
};

const clear = (id) => {
    const made = timers.get(Number(id));
    if (!made) return;
    timers.delete(made.id);
    const at = waiting.indexOf(made);
    if (at >= 0) waiting.splice(at, 1);
};

// A promise that was rejected, and nobody heard: a command ends with it, a component goes on.
const unheard = new Map();
internal.track = (promise, reason, handled) => {
    if (handled) unheard.delete(promise);
    else unheard.set(promise, reason);
};

internal.command = false;

const guarded = (act) => {
    if (internal.command) return act();
    try {
        return act();
    } catch (error) {
        return internal.uncaught(error);
    }
};

internal.turn = () => {
    for (const [promise, reason] of unheard) {
        unheard.delete(promise);
        guarded(() => {
            throw reason;
        });
    }
    if (waiting.length === 0) return -1;
    const wait = waiting[0].at - internal.now();
    if (wait > 0) return wait;
    const due = waiting.shift();
    if (due.every) {
        due.at = internal.now() + due.wait;
        begin(due);
    } else timers.delete(due.id);
    guarded(() => due.act(...due.args));
    return 0;
};

internal.stuck = () => new Error('it waits for a promise that nothing can settle any more');

define({
    setTimeout: timer(false),
    setInterval: timer(true),
    setImmediate: (act, ...args) => globalThis.setTimeout(act, 0, ...args),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
});
