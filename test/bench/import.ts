import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { entryOf, splitting } from '../../infra/bundle.ts';
import { dev } from '../../infra/stages.ts';
import { bundlePathOf, environmentOf, functionName, resourcesOf, synthesise } from '../infra/template.ts';

/**
 * What a cold start pays for the api and the dispatch function: the import of the deployed asset, beside the import of a plain ES-module
 * bundle of `@aws-sdk/client-dynamodb` alone (minified; the client and the five commands that the store uses), each in a fresh process,
 * in turns. Ends with 1 when the median of five runs is more than 0.85 times the other's for one of the two. Beside them stand other
 * ways to bundle the api function, which infra/COLD-START.md discusses.
 */
const RUNS = 5;
const ROUNDS = 15;
const LARGEST_RATIO = 0.85;

const CLIENT_ALONE = `export {
  DynamoDBClient, GetItemCommand, BatchGetItemCommand, PutItemCommand, UpdateItemCommand, QueryCommand,
} from '@aws-sdk/client-dynamodb';`;

/** Loads as Lambda does, CommonJS by require and ES modules by import, and prints how long it took and which CommonJS files were read. */
const STOPWATCH = `const { pathToFileURL } = require('node:url');
const file = process.argv[2];
const started = performance.now();
const loaded = file.endsWith('.cjs') ? require(file) : import(pathToFileURL(file));
Promise.resolve(loaded).then(() => {
  const milliseconds = performance.now() - started;
  console.log(JSON.stringify({ milliseconds, files: Object.keys(require.cache).filter((path) => path !== __filename) }));
});`;

interface Candidate {
  name: string;
  path: string;
  env: Record<string, string>;
  /** It has to stay below the largest ratio. */
  isDeployed?: true;
}

const folder = mkdtempSync(join(tmpdir(), 'sms-import-'));
const stopwatch = join(folder, 'stopwatch.cjs');
writeFileSync(stopwatch, STOPWATCH);
const stage = synthesise(dev);
try {
  const client: Candidate = { name: '@aws-sdk/client-dynamodb alone', path: bundleClient(), env: {} };
  const [api, dispatch] = (['api', 'dispatch'] as const).map(deployed) as [Candidate, Candidate];
  report(measure([client, api, dispatch, oneFile(api), esModules(api), withCompileCache(api), withCompileCache(dispatch)]));
} finally {
  for (const used of [folder, stage.folder]) rmSync(used, { recursive: true });
}

function bundleClient(): string {
  const stdin = { contents: CLIENT_ALONE, resolveDir: import.meta.dirname };
  const { splitting: _one, chunkNames: _none, outExtension: _js, external: _all, ...plain } = splitting;
  buildSync({ ...plain, stdin, outfile: join(folder, 'client.mjs') });
  return join(folder, 'client.mjs');
}

function deployed(name: 'api' | 'dispatch'): Candidate {
  const found = resourcesOf(stage.template, 'AWS::Lambda::Function').find(([, resource]) => functionName(resource) === name);
  if (!found) throw new Error(`The stack has no ${name} function`);
  const env = { ...environmentOf(stage.template, found[1]), AWS_REGION: 'eu-west-1' };
  return { name: `${name} function, as deployed`, path: bundlePathOf(stage.folder, found[1]), env, isDeployed: true };
}

function oneFile({ env }: Candidate): Candidate {
  const { splitting: _one, chunkNames: _none, outExtension: _js, external: _all, ...plain } = splitting;
  const path = join(folder, 'one-file.cjs');
  buildSync({ ...plain, format: 'cjs', entryPoints: [entryOf('api')], outfile: path });
  return { name: 'api function in one file', path, env };
}

function esModules({ env }: Candidate): Candidate {
  const outdir = join(folder, 'es-modules');
  // Packages that are CommonJS require Node's own modules, which an ES module has to be given.
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  buildSync({ ...splitting, banner, entryPoints: { index: entryOf('api') }, outdir, outExtension: { '.js': '.mjs' } });
  return { name: 'api function in ES modules', path: join(outdir, 'index.mjs'), env };
}

/** With V8's compile cache beside it, as this very process' Node writes it in the first round. */
function withCompileCache({ name, path, env }: Candidate): Candidate {
  const copy = join(folder, name.split(' ', 1)[0] as string);
  cpSync(dirname(path), copy, { recursive: true });
  renameSync(join(copy, 'index.cjs'), join(copy, 'main.cjs'));
  mkdirSync(join(copy, 'cache'));
  writeFileSync(
    join(copy, 'index.cjs'),
    "require('node:module').enableCompileCache(__dirname + '/cache'); module.exports = require('./main.cjs');",
  );
  return { name: `${name.split(' ', 1)[0]} function with a compile cache`, path: join(copy, 'index.cjs'), env };
}

interface Measured extends Candidate {
  /** Of each run, in milliseconds: the lower quartile of its rounds, to which other work can only add. */
  times: number[];
  /** The CommonJS files that were read. */
  files: readonly string[];
}

function measure(candidates: readonly Candidate[]): Measured[] {
  // The first time only fills the disk's cache, and the compile caches.
  const measured = candidates.map((candidate): Measured => ({ ...candidate, times: [], files: load(candidate).files }));
  for (let run = 0; run < RUNS; run++) {
    const times = measured.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, candidate] of measured.entries()) times[index]?.push(load(candidate).milliseconds);
    for (const [index, { times: ofRuns }] of measured.entries()) ofRuns.push(quantile(times[index] ?? [], 0.25));
  }
  return measured;
}

function load({ path, env }: Candidate): { milliseconds: number; files: string[] } {
  return JSON.parse(execFileSync(process.execPath, [stopwatch, path], { env, encoding: 'utf8' }));
}

function report([client, ...others]: readonly Measured[]): void {
  if (!client) throw new Error('Nothing was measured');
  let passed = true;
  const row = (measured: Measured) => {
    const ratio = median(measured.times.map((milliseconds, run) => milliseconds / (client.times[run] as number)));
    if (measured.isDeployed && ratio > LARGEST_RATIO) passed = false;
    return { 'import ms': round(median(measured.times)), ratio: round(ratio), ...kilobytes(measured) };
  };
  console.table(Object.fromEntries([client, ...others].map((measured) => [measured.name, row(measured)])));
  console.log(`api and dispatch as deployed at most ${LARGEST_RATIO}: ${passed ? 'yes' : 'NO'}`);
  process.exitCode = passed ? 0 : 1;
}

/** Of what is read, and of the whole asset; ES modules do not tell what was read. */
function kilobytes({ path, files, isDeployed }: Measured): Partial<Record<'KB read' | 'KB in all', number>> {
  const sum = (paths: readonly string[]) => Math.round(paths.reduce((bytes, file) => bytes + statSync(file).size, 0) / 1024);
  const read = files.length > 0 ? files : path.endsWith('client.mjs') ? [path] : undefined;
  const all = isDeployed && readdirSync(dirname(path)).map((file) => join(dirname(path), file));
  return { ...(read && { 'KB read': sum(read) }), ...(all && { 'KB in all': sum(all) }) };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
