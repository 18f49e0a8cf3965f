// What the TypeScript engine does with a program: check it, and make JavaScript of it whose lines
// are those of the source. Everything comes and goes as text; there are no files here.
//
// `warm` runs once, when the engine is made: it parses and binds the standard library.
// `run` takes one request and gives one answer, both JSON:
//   { files: { path: text }, names: [path], roots: [path], main: path, ambient: { path: text }, check }
//   { diagnostics: [{ file, start, length, message, notes }], omitted, files: { path: text } }
// `names` are files whose text does not matter here; `main` must export what the world says, if it
// says so; `start` and `length` count UTF-16 units.
"use strict";

var [warm, run] = (() => {
  const ROOT = "/";
  const LIB = "/lib/";
  const MAX_DIAGNOSTICS = 50;
  const MAX_NOTES = 20;

  // What a program is compiled as unless its tsconfig.json says otherwise.
  const DEFAULTS = {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.decorators.d.ts"],
    strict: true,
    allowJs: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    allowSyntheticDefaultImports: true,
  };
  // What it is compiled as whatever that says: the runtime takes nothing else.
  const FIXED = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    isolatedModules: true,
    skipLibCheck: true,
    skipDefaultLibCheck: true,
    forceConsistentCasingInFileNames: true,
    noErrorTruncation: false,
    types: [],
    typeRoots: [],
    newLine: ts.NewLineKind.LineFeed,
    removeComments: true,
    sourceMap: true,
    outDir: "/out/",
    rootDir: ROOT,
  };
  const HONOURED = new Set(`allowJs checkJs allowSyntheticDefaultImports allowUnreachableCode
    allowUnusedLabels alwaysStrict baseUrl emitDecoratorMetadata esModuleInterop
    exactOptionalPropertyTypes experimentalDecorators lib noFallthroughCasesInSwitch noImplicitAny
    noImplicitOverride noImplicitReturns noImplicitThis noPropertyAccessFromIndexSignature
    noUncheckedIndexedAccess noUncheckedSideEffectImports noUnusedLocals noUnusedParameters paths
    resolveJsonModule strict strictBindCallApply strictBuiltinIteratorReturn strictFunctionTypes
    strictNullChecks strictPropertyInitialization target useDefineForClassFields
    useUnknownInCatchVariables verbatimModuleSyntax erasableSyntaxOnly`.split(/\s+/));
  // What says where output goes, or what is always so here.
  const IGNORED = new Set(`allowImportingTsExtensions composite declaration declarationDir
    declarationMap forceConsistentCasingInFileNames importHelpers incremental inlineSourceMap
    inlineSources isolatedDeclarations isolatedModules module moduleDetection moduleResolution
    newLine noEmit noEmitOnError outDir pretty removeComments rewriteRelativeImportExtensions
    rootDir skipDefaultLibCheck skipLibCheck sourceMap sourceRoot tsBuildInfoFile types
    typeRoots`.split(/\s+/));
  const TARGETS = /^es(2022|2023|2024|next)$/i;
  // Says that the main module exports what the world asks of it.
  const EXPORTS = LIB + "exports.ts";
  const exports_of = (main) => `import * as program from ${JSON.stringify(ROOT + main)};
    import type { Guest } from "workbooks:guest"; program satisfies Guest;`;
  // A rule about options that are always what they are here.
  const MOOT = new Set([5096]);

  const texts = new Map();
  const parsed = new Map();

  function warm(libs) {
    for (const name in libs) texts.set(LIB + name, libs[name]);
    const sample = `import { a } from "./b.ts";
      enum Kind { One, Two }
      interface Shape<T extends object> { readonly kind: Kind; rest?: Partial<T> }
      export class Box<T> implements Shape<{ x: number }> {
        kind = Kind.One; #items: T[] = [];
        constructor(private readonly name: string) {}
        async *each(): AsyncGenerator<T> { for (const item of this.#items) yield item; }
      }
      export const all = [1, 2, 3].map((n) => \`\${n}\${a}\`).join();
      console.log(new Map([["a", /x/.exec("x")?.groups]]), JSON.stringify(all), new Uint8Array(2));
      export default async (): Promise<void> => { await Promise.all([Promise.resolve(1), all]); };`;
    const request = { files: { "a.ts": sample, "b.ts": "export const a: number = 1;" }, names: [],
      roots: ["a.ts", "b.ts"], ambient: {}, check: true };
    for (const check of [true, false]) {
      const { diagnostics } = answer({ ...request, check });
      if (diagnostics.length) throw new Error(JSON.stringify(diagnostics));
    }
  }

  const run = (request) => JSON.stringify(answer(JSON.parse(request)));

  function answer(request) {
    const tree = new Tree(request);
    const found = [];
    const options = read_options(tree, found);
    const out = {};
    if (!found.length) (request.check ? checked : unchecked)(tree, options, request.roots, found, out);
    const diagnostics = found.slice(0, MAX_DIAGNOSTICS).map((one) => described(one, tree));
    return { diagnostics, omitted: found.length - diagnostics.length, files: found.length ? {} : out };
  }

  // The program's files, the ambient declarations of its world, and the standard library.
  class Tree {
    constructor({ files, names, main, ambient }) {
      this.files = new Map();
      this.folders = new Set([ROOT, LIB]);
      const add = (path, text) => {
        this.files.set(ROOT + path, text);
        for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
          this.folders.add(ROOT + path.slice(0, at));
        }
      };
      for (const path in files) add(path, files[path]);
      for (const path of names) add(path, undefined);
      this.ambient = Object.keys(ambient).map((name) => {
        const path = LIB + "world/" + name;
        this.files.set(path, ambient[name]);
        return path;
      });
      const asks = Object.values(ambient).some((text) => text.includes("interface Guest "));
      if (asks && main && is_source(main)) {
        this.files.set(EXPORTS, exports_of(main));
        this.ambient.push(EXPORTS);
        this.main = ROOT + main;
      }
      this.fresh = new Map();
    }

    host(options) {
      const text = (path) => this.files.get(path) ?? texts.get(path);
      return {
        fileExists: (path) => this.files.has(path) || texts.has(path),
        readFile: text,
        directoryExists: (path) => this.folders.has(path.length > 1 ? path.replace(/\/$/, "") : path),
        getDirectories: () => [],
        realpath: (path) => path,
        getSourceFile: (path, how) => {
          const shared = texts.has(path);
          const known = (shared ? parsed : this.fresh).get(path);
          if (known) return known;
          const content = text(path);
          if (content === undefined) return undefined;
          const file = ts.createSourceFile(path, content, how, false);
          (shared ? parsed : this.fresh).set(path, file);
          return file;
        },
        getDefaultLibFileName: () => LIB + "lib.es2022.d.ts",
        getDefaultLibLocation: () => LIB,
        getCurrentDirectory: () => ROOT,
        getCanonicalFileName: (path) => path,
        useCaseSensitiveFileNames: () => true,
        getNewLine: () => "\n",
        writeFile: () => {},
      };
    }
  }

  function read_options(tree, found) {
    const config = tree.config = [...tree.files.keys()]
      .filter((path) => /(^|\/)tsconfig\.json$/.test(path) && !path.includes("/node_modules/"))
      .sort((a, b) => a.length - b.length)[0];
    if (!config) return { ...DEFAULTS, ...FIXED };
    const file = ts.parseJsonText(config, tree.files.get(config) ?? "");
    found.push(...file.parseDiagnostics);
    if (found.length) return FIXED;
    const problem = (node, messageText) => found.push({ file, start: node.getStart(file),
      length: node.getWidth(file), messageText, code: 0 });
    const properties = (node) => node && ts.isObjectLiteralExpression(node)
      ? node.properties.filter((one) => ts.isPropertyAssignment(one)) : [];
    const word = (property) => property.name.text;
    const top = properties(file.statements[0]?.expression);
    for (const property of top.filter((one) => /^(extends|references)$/.test(word(one)))) {
      problem(property.name, `tsconfig.json: \`${word(property)}\` is not supported: write the options here`);
    }
    const asked = top.find((one) => word(one) === "compilerOptions")?.initializer;
    const kept = {};
    for (const property of properties(asked)) {
      const name = word(property);
      if (HONOURED.has(name)) kept[name] = ts.convertToObject({ ...file, statements: [{ ...file.statements[0], expression: property.initializer }] }, []);
      else if (!IGNORED.has(name)) problem(property.name, `tsconfig.json: \`${name}\` is not supported here`);
      const values = name === "target" ? [property.initializer] : name === "lib" ? property.initializer.elements ?? [] : [];
      for (const value of values) {
        const right = name === "target" ? TARGETS.test(value.text) : /^(es|decorators)/i.test(value.text);
        if (!right) problem(value, `tsconfig.json: ${name} ${JSON.stringify(value.text)} is not supported here: the runtime is ECMAScript 2022 or newer, without a browser`);
      }
    }
    const { options, errors } = ts.convertCompilerOptionsFromJson(kept, config.slice(0, config.lastIndexOf("/")) || ROOT);
    found.push(...errors);
    const lib = options.lib?.length ? { lib: [...options.lib, "lib.decorators.d.ts"] } : {};
    return { ...DEFAULTS, ...options, ...lib, ...FIXED };
  }

  const is_source = (path) => /\.m?ts$/.test(path) && !/\.d\.m?ts$/.test(path);

  function program_of(tree, options, roots) {
    const rootNames = [LIB + "runtime.d.ts", ...tree.ambient, ...roots.map((path) => ROOT + path)];
    return ts.createProgram({ rootNames, options, host: tree.host(options) });
  }

  function checked(tree, options, roots, found, out) {
    const program = program_of(tree, options, roots);
    const say = (list) => found.push(...list.filter((one) => !MOOT.has(one.code)));
    say(program.getOptionsDiagnostics());
    say(program.getSyntacticDiagnostics());
    if (!found.length) {
      say(program.getGlobalDiagnostics());
      say(program.getSemanticDiagnostics());
    }
    if (found.length) return;
    const linker = new Linker(tree, options);
    for (const file of program.getSourceFiles()) {
      const path = file.fileName;
      if (!is_source(path) || path === EXPORTS) continue;
      if (program.isSourceFileFromExternalLibrary(file)) {
        linker.want(path);
        continue;
      }
      let [code, map] = ["", ""];
      program.emit(file, (name, text) => name.endsWith(".map") ? (map = text) : (code = text),
        undefined, false, { after: [linker.transformer(path)] });
      out[path.slice(1)] = aligned(code, map);
    }
    linker.rest(found, out);
  }

  function unchecked(tree, options, roots, found, out) {
    const linker = new Linker(tree, options);
    for (const path of roots) if (is_source(path)) linker.want(ROOT + path);
    linker.rest(found, out);
  }

  // Makes every import name the very file that it means, as the checker finds it.
  class Linker {
    constructor(tree, options) {
      this.tree = tree;
      this.options = options;
      this.host = tree.host(options);
      this.cache = ts.createModuleResolutionCache(ROOT, (path) => path, options);
      this.done = new Set();
      this.queue = [];
    }

    want(path) {
      if (this.done.has(path)) return;
      this.done.add(path);
      this.queue.push(path);
    }

    // Compiles what is wanted, each file on its own.
    rest(found, out) {
      for (let path; (path = this.queue.pop()) !== undefined;) {
        const done = ts.transpileModule(this.tree.files.get(path), { fileName: path, reportDiagnostics: true,
          compilerOptions: { ...this.options, noCheck: true }, transformers: { after: [this.transformer(path)] } });
        found.push(...done.diagnostics.filter((one) => !MOOT.has(one.code)));
        out[path.slice(1)] = aligned(done.outputText, done.sourceMapText);
      }
    }

    target(name, from) {
      const { resolvedModule } = ts.resolveModuleName(name, from, this.options, this.host, this.cache);
      const path = resolvedModule?.resolvedFileName;
      if (!path || texts.has(path)) return name;
      if (is_source(path)) {
        if (path.includes("/node_modules/")) this.want(path);
        return relative(from, path);
      }
      if (path.includes("/node_modules/")) return name;
      // Of a declaration the file that it describes.
      const described = path.replace(/\.d\.(m?)ts$/, ".$1js");
      return this.tree.files.has(described) ? relative(from, described) : name;
    }

    transformer(from) {
      return (context) => (file) => {
        const renamed = (node) => {
          if (!node || !ts.isStringLiteralLike(node)) return node;
          const name = this.target(node.text, from);
          return name === node.text ? node : ts.setTextRange(context.factory.createStringLiteral(name), node);
        };
        const { factory } = context;
        const visit = (node) => {
          if (ts.isImportDeclaration(node)) {
            return factory.updateImportDeclaration(node, node.modifiers, node.importClause,
              renamed(node.moduleSpecifier), node.attributes);
          }
          if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
            return factory.updateExportDeclaration(node, node.modifiers, node.isTypeOnly,
              node.exportClause, renamed(node.moduleSpecifier), node.attributes);
          }
          if (!dynamic) return node;
          if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
            const [first, ...others] = node.arguments;
            return factory.updateCallExpression(node, node.expression, node.typeArguments,
              [renamed(first), ...others]);
          }
          return ts.visitEachChild(node, visit, context);
        };
        const dynamic = /\bimport\s*\(/.test(ts.getOriginalNode(file).text ?? file.text);
        return ts.visitEachChild(file, visit, context);
      };
    }
  }

  function relative(from, to) {
    const [a, b] = [from.split("/"), to.split("/")];
    a.pop();
    let same = 0;
    while (same < a.length && a[same] === b[same]) same++;
    const path = [...Array(a.length - same).fill(".."), ...b.slice(same)].join("/");
    return path.startsWith(".") ? path : "./" + path;
  }

  const DIGITS = new Map([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((c, at) => [c.charCodeAt(0), at]));

  // By line of the output: the first line of the source that it comes from, or -1.
  function source_lines(mappings) {
    const lines = [];
    let [first, field, value, shift, source] = [-1, 0, 0, 0, 0];
    for (let at = 0; at <= mappings.length; at++) {
      const c = at < mappings.length ? mappings.charCodeAt(at) : 59;
      if (c === 59 || c === 44) {
        field = 0;
        if (c === 59) { lines.push(first); first = -1; }
        continue;
      }
      const digit = DIGITS.get(c);
      value += (digit & 31) << shift;
      shift += 5;
      if (digit & 32) continue;
      if (field === 2) {
        source += value & 1 ? -(value >> 1) : value >> 1;
        if (first < 0 || source < first) first = source;
      }
      field++;
      [value, shift] = [0, 0];
    }
    return lines;
  }

  // The code with its lines moved to where their source stands, so that a stack trace tells the
  // line of the source. The printer ends every statement with a semicolon, so a line may follow
  // another on the same one, unless that has a comment; lines within a token stay together.
  function aligned(code, map) {
    const lines = code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "").split("\n");
    const wanted = source_lines(JSON.parse(map).mappings);
    const held = lines.some((line) => line.includes("`") || line.endsWith("\\") || line.includes("/*"))
      ? held_lines(lines.join("\n")) : new Set();
    let [text, at, comment] = ["", 0, true];
    lines.forEach((line, index) => {
      const want = wanted[index] ?? -1;
      if (index === 0 || held.has(index)) {
        text += index === 0 ? "\n".repeat(Math.max(want, 0)) : "\n";
        at += index === 0 ? Math.max(want, 0) : 1;
      } else if (!comment && (want < 0 ? false : want <= at)) {
        text += " ";
        line = line.trimStart();
      } else {
        const gap = Math.max(want - at, 1);
        text += "\n".repeat(gap);
        at += gap;
      }
      text += line;
      comment = line.includes("//") || line.startsWith("#!");
    });
    return text + "\n";
  }

  // The lines that begin within a template, a comment or a string.
  function held_lines(code) {
    const file = ts.createSourceFile("x.js", code, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS);
    const [held, starts] = [new Set(), file.getLineStarts()];
    const hold = (from, to) => {
      const [first, last] = [from, to].map((at) => ts.computeLineOfPosition(starts, at));
      for (let line = first + 1; line <= last; line++) held.add(line);
    };
    const visit = (node) => {
      if (node.kind >= ts.SyntaxKind.FirstLiteralToken && node.kind <= ts.SyntaxKind.LastTemplateToken) {
        hold(node.getStart(file), node.end);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    for (const comment of code.matchAll(/\/\*[^]*?\*\//g)) hold(comment.index, comment.index + comment[0].length);
    return held;
  }

  function described(one, { main }) {
    const [message, ...more] = ts.flattenDiagnosticMessageText(one.messageText, "\n").split("\n");
    const notes = more.map((line) => line.trim());
    for (const other of one.relatedInformation ?? []) {
      const text = ts.flattenDiagnosticMessageText(other.messageText, " ");
      if (!other.file) notes.push(text);
      else {
        const { line } = ts.getLineAndCharacterOfPosition(other.file, other.start);
        notes.push(`${other.file.fileName.slice(1)}:${line + 1}: ${text}`);
      }
    }
    let [file, start, length] = [one.file?.fileName, one.start ?? 0, one.length ?? 0];
    if (file === EXPORTS) [file, start, length] = [main, 0, 0];
    return {
      file: file?.slice(1), start, length,
      message: one.code ? `${message} (TS${one.code})` : message, notes: notes.slice(0, MAX_NOTES),
    };
  }

  return [warm, run];
})();
