import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * `npm run bench -- <name> [arguments]`. Without a name: what is quick, with the measurement under faults at a tenth of its size. Ends with
 * 1 when one of them finds its bound broken.
 */
const BENCHES: Record<string, string> = {
  client: 'CPU of a provider call, and the time of the first, beside other ways to make it',
  cost: 'requests, capacity units and milliseconds for 10,000 recipients, and what a million cost in AWS',
  faults: '100,000 recipients with every fault of the sandbox, and workers that die [seed] [jobs of 10,000]',
  import: 'what a cold start pays for the api and the dispatch function',
  load: 'single sends a second against npm start, its memory and its start, beside an earlier commit [sends] [commit]',
  single: 'one message to one phone: requests, waits, units and time beside an earlier commit [commit]',
  search: 'what it takes to find one phone among a million recipients of a day',
  split: 'what it costs to read a file of 10,000 and of 1,000,000 recipients into batches',
  usage: 'what it takes to sum up a month of 100,000 jobs [jobs]',
};

const [name, ...rest] = process.argv.slice(2);
if (name === undefined) {
  const quick = [['import'], ['client'], ['faults', 'quick', '1']];
  process.exitCode = Math.max(...quick.map(([bench = '', ...given]) => run(bench, given)));
} else if (Object.hasOwn(BENCHES, name)) {
  process.exitCode = run(name, rest);
} else {
  for (const [bench, meaning] of Object.entries(BENCHES)) console.error(`npm run bench -- ${bench.padEnd(8)} ${meaning}`);
  process.exitCode = 1;
}

function run(bench: string, given: readonly string[]): number {
  console.log(`== ${bench}: ${BENCHES[bench]}`);
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${bench}.ts`), ...given], { stdio: 'inherit' });
  console.log(`== ${bench}: ${status === 0 ? 'passed' : 'FAILED'} after ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
  return status === 0 ? 0 : 1;
}
