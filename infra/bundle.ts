import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, buildSync, type TransformOptions, transformSync } from 'esbuild';

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
  external: CREDENTIALS_ELSEWHERE,
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

/** Bundles of this process: all stages have the same. */
const bundles = new Map<string, ReadonlyMap<string, string>>();

/**
 * A function's files by their names. `index.cjs` is what Lambda loads, with what it imports statically; what the source imports by
 * `import()` is in files that are read when they are first needed.
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
 * @param entryPoint path of a module; its exports are those of `index.cjs`
 */
export function bundle(entryPoint: string): ReadonlyMap<string, string> {
  const { outputFiles } = buildSync({ ...splitting, entryPoints: { index: entryPoint }, outdir: functionsFolder, write: false });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), transformSync(text, commonJs).code]));
}
