let made = 0;

class Account {
  #balance;

  constructor(start) {
    this.#balance = start;
    made += 1;
  }

  add(more) { this.#balance += more; }

  balance() { return this.#balance; }

  static open() { return made; }
}

export const bank = {
  Account,
  through(start, more) {
    const account = new Account(start);
    account.add(more);
    return account.balance();
  },
};
