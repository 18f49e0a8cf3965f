import { args } from 'workbooks:process';
import { greet, type Greeting } from './greet';
import config from './config.json';

interface Options {
  loud: boolean;
}

enum Mood {
  Calm,
  Glad = 5,
}

function logged<T extends (...a: never[]) => unknown>(value: T, context: ClassMethodDecoratorContext): T {
  console.log('decorating', String(context.name));
  return value;
}

class Greeter {
  constructor(private readonly options: Options) {}
  @logged
  greet(name: string): Greeting {
    return greet(this.options.loud ? name.toUpperCase() : name);
  }
}

for (const name of args) console.log(new Greeter({ loud: config.loud }).greet(name).text, Mood[Mood.Glad]);

const { late } = await import('./late.mts');
late();
