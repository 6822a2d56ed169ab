import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { dev } from '../../infra/stages.ts';
import { bundlePathOf, environmentOf, functionName, resourcesOf, synthesise } from '../infra/template.ts';

/**
 * What a cold start pays for the api function: the import of its deployed asset, beside the import of a plain ES-module bundle of
 * `@aws-sdk/client-dynamodb` alone (minified; the client and the five commands that the table uses), each in a fresh process, in
 * steps. Ends with 1 when the asset is 600 KB or more, or its median is more than 1.2 times the other's.
 */
const rounds = 21;
const largestKilobytes = 600;
const largestRatio = 1.2;

const clientAlone = `export {
  DynamoDBClient, GetItemCommand, BatchGetItemCommand, PutItemCommand, UpdateItemCommand, QueryCommand,
} from '@aws-sdk/client-dynamodb';`;

/** Loads as Lambda does, CommonJS by require and ES modules by import, and prints the milliseconds that it took. */
const stopwatch = `const { pathToFileURL } = require('node:url');
const file = process.argv[2];
const started = performance.now();
const loaded = file.endsWith('.cjs') ? require(file) : import(pathToFileURL(file));
Promise.resolve(loaded).then(() => console.log(performance.now() - started));`;

const folder = mkdtempSync(join(tmpdir(), 'sms-import-'));
const stopwatchPath = join(folder, 'stopwatch.cjs');
writeFileSync(stopwatchPath, stopwatch);

const clientPath = join(folder, 'client.mjs');
buildSync({
  stdin: { contents: clientAlone, resolveDir: import.meta.dirname },
  outfile: clientPath,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  logLevel: 'error',
});

const stage = synthesise(dev);
const found = resourcesOf(stage.template, 'AWS::Lambda::Function').find(([, resource]) => functionName(resource) === 'api');
if (!found) throw new Error('The stack has no api function');
const apiPath = bundlePathOf(stage.folder, found[1]);
const env = { ...environmentOf(stage.template, found[1]), AWS_REGION: 'eu-west-1' };

const candidates = [
  { name: 'api function, as deployed', path: apiPath, times: [] as number[] },
  { name: '@aws-sdk/client-dynamodb alone', path: clientPath, times: [] as number[] },
];
for (let round = 0; round <= rounds; round++) {
  for (const { path, times } of candidates) {
    const milliseconds = Number(execFileSync(process.execPath, [stopwatchPath, path], { env, encoding: 'utf8' }));
    // The first round only fills the disk's cache.
    if (round > 0) times.push(milliseconds);
  }
}

const [api, client] = candidates.map(({ name, path, times }) => {
  const kilobytes = statSync(path).size / 1024;
  const median = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  console.log(`${name.padEnd(32)} ${kilobytes.toFixed(0).padStart(5)} KB  import ${median.toFixed(1).padStart(6)} ms`);
  return { kilobytes, median };
});
if (!api || !client) throw new Error('Nothing was measured');

const ratio = api.median / client.median;
const passed = ratio <= largestRatio && api.kilobytes < largestKilobytes;
console.log(`ratio ${ratio.toFixed(2)} (at most ${largestRatio}), under ${largestKilobytes} KB: ${passed ? 'yes' : 'NO'}`);
for (const used of [folder, stage.folder]) rmSync(used, { recursive: true });
process.exitCode = passed ? 0 : 1;
