import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, buildSync, type Metafile, type OutputFile, type TransformOptions, transformSync } from 'esbuild';

const functionsFolder = join(import.meta.dirname, '..', 'functions');

const output = {
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  logLevel: 'error',
} as const satisfies BuildOptions & TransformOptions;

/**
 * Finds credentials where a function never looks: Lambda puts them into the environment. The SDK would load these packages after that,
 * and their shared parts would make a dozen files of what every start reads.
 */
const CREDENTIALS_ELSEWHERE = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/**
 * A module of this name beside a handler describes the function. It is bundled by itself: of what it shares with the handler it has a copy
 * of its own. Where it shared the schema library, every start would read how that writes JSON Schema.
 */
const DESCRIPTIONS = 'descriptions';

/**
 * How every function is bundled, for a deploy, the tests and the local run alike; COLD-START.md has what each part saves.
 * `module` before `main`, because only the packages' ES builds can be shaken. The SDK is in the bundle: reading the runtime's own is
 * slower and unpinned.
 */
export const splitting = {
  ...output,
  bundle: true,
  splitting: true,
  format: 'esm',
  mainFields: ['module', 'main'],
  treeShaking: true,
  external: [...CREDENTIALS_ELSEWHERE, `*/${DESCRIPTIONS}.ts`],
  outExtension: { '.js': '.cjs' },
  chunkNames: '[name]-[hash]',
  // Pages of the documentation, which the api serves.
  loader: { '.md': 'text' },
} as const satisfies BuildOptions;

const commonJs = { ...output, format: 'cjs', supported: { 'dynamic-import': false } } as const satisfies TransformOptions;

/** The only entry of a function. */
export function entryOf(name: string): string {
  return join(functionsFolder, name, 'handler.ts');
}

/** Bundles of this process, by the names of the functions: all stages have the same. */
export const bundles = new Map<string, ReadonlyMap<string, string>>();

/**
 * A function's files by their names. `index.cjs` is what Lambda loads, with everything that the source imports statically; what it imports
 * by `import()` is in files that are read when they are first needed.
 */
export function bundleOf(name: string): ReadonlyMap<string, string> {
  const files = bundles.get(name) ?? bundle(entryOf(name));
  bundles.set(name, files);
  return files;
}

/** Writes a function's files into a folder. */
export function writeBundle(name: string, folder: string): void {
  for (const [file, code] of bundleOf(name)) writeFileSync(join(folder, file), code);
}

/**
 * esbuild splits only ES modules, and an ES module pays some 30 ms for `node:http` (Node lists all of its exports). So each file is
 * turned into CommonJS afterwards: `import()` becomes a `require` at that time. The extension `.cjs` says so wherever the asset lies,
 * which `.js` leaves to the nearest package.json.
 *
 * Each file that a start reads costs it half a millisecond beside its bytes, and esbuild makes a file of every set of modules that a start
 * shares with something else. So the files of the start are made into one, and the others find there what they share with it.
 * @param entryPoint path of a module; its exports are among those of `index.cjs`
 */
export function bundle(entryPoint: string): ReadonlyMap<string, string> {
  const { outputFiles, metafile } = buildSync({
    ...splitting,
    entryPoints: { index: entryPoint },
    outdir: functionsFolder,
    write: false,
    metafile: true,
  });
  const modules = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const shared = sharedAtStart(metafile);
  const later = [...modules].filter(([name]) => name !== INDEX && !shared.includes(name));
  const start = joinStart(modules, shared).replaceAll(`require("./${DESCRIPTIONS}.ts")`, `require("./${DESCRIPTIONS}.cjs")`);
  const descriptions = descriptionsBeside(entryPoint);
  return new Map([
    [INDEX, start],
    ...later.map(([name, text]): [string, string] => [name, findShared(transformSync(text, commonJs).code, shared)]),
    ...(descriptions === undefined ? [] : [[`${DESCRIPTIONS}.cjs`, inOneFile(descriptions)] as const]),
  ]);
}

/** The path of the module that describes a function, if it has one. */
function descriptionsBeside(entryPoint: string): string | undefined {
  const path = join(dirname(entryPoint), `${DESCRIPTIONS}.ts`);
  return existsSync(path) ? path : undefined;
}

/** A module with all that it imports. */
function inOneFile(entryPoint: string): string {
  const { splitting: _one, chunkNames: _none, outExtension: _js, external: _all, ...plain } = splitting;
  const { outputFiles } = buildSync({ ...plain, ...commonJs, entryPoints: [entryPoint], outdir: functionsFolder, write: false });
  return onlyText(outputFiles);
}

function onlyText([file, ...others]: readonly OutputFile[]): string {
  if (!file || others.length > 0) throw new Error(`One file was to be made, not ${others.length + (file ? 1 : 0)}.`);
  return file.text;
}

const INDEX = 'index.cjs';

/** The files that the start reads beside its own. */
function sharedAtStart({ outputs }: Metafile): string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const imported of outputs[path]?.imports ?? [])
      if (imported.kind === 'import-statement' && !imported.external) visit(imported.path);
  };
  visit(Object.keys(outputs).find((path) => basename(path) === INDEX) ?? '');
  return [...found].map((path) => basename(path)).filter((name) => name !== INDEX);
}

/** The files of the start as one: what it exports, and each of the others under its own name. */
function joinStart(modules: ReadonlyMap<string, string>, shared: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sms-bundle-'));
  try {
    for (const [name, text] of modules) writeFileSync(join(folder, name), text);
    const contents = [`export * from './${INDEX}';`, ...shared.map((name) => `export * as '${name}' from './${name}';`)].join('\n');
    const later = [...modules.keys()].filter((name) => name !== INDEX && !shared.includes(name));
    const { outputFiles } = buildSync({
      ...commonJs,
      bundle: true,
      stdin: { contents, resolveDir: folder },
      absWorkingDir: folder,
      external: [...splitting.external, ...later.map((name) => `./${name}`)],
      write: false,
    });
    return onlyText(outputFiles);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Has a file that is read later take what it shares with the start from there. */
function findShared(code: string, shared: readonly string[]): string {
  return shared.reduce((text, name) => text.replaceAll(`require("./${name}")`, `require("./${INDEX}")["${name}"]`), code);
}
