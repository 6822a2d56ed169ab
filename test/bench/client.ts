import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundle } from '../../infra/bundle.ts';
import { callers } from './callers.ts';

/**
 * CPU time of one provider call, and the time of the first, beside other ways to make it. All are measured in turns within
 * one run, so that the ratios hold whatever else the machine does. Ends with 1 when ours is dearer than it may be.
 */
const ROUNDS = 150;
const WARM_UP_ROUNDS = 30;
const CALLS_PER_ROUND = 25;
const PEERS = ['axios@1.21.1', 'xml2js@0.6.2', 'soap@1.13.0'];

if (process.argv[2] === 'first') await printFirstCall(process.argv[3] as string, process.argv[4] as string, process.argv[5] as string);
else await bench();

async function bench(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-client-'));
  const provider = fork(new URL('provider.ts', import.meta.url));
  try {
    installPeers(folder);
    bundleOurs(folder);
    const [address] = (await once(provider, 'message')) as [AddressInfo];
    const url = `http://127.0.0.1:${address.port}/Services.asmx`;
    const cpu = await measureCpu(url, folder);
    const first = Object.fromEntries(Object.keys(cpu).map((name) => [name, measureFirst(name, url, folder)]));
    report(cpu, first);
  } finally {
    provider.kill();
    rmSync(folder, { recursive: true });
  }
}

function installPeers(folder: string): void {
  try {
    execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, ...PEERS], { stdio: 'pipe' });
  } catch {
    console.log(`SKIPPED: ${PEERS.join(', ')} could not be installed, so ours is compared with node:http and fetch alone.`);
  }
}

/** As the functions are deployed: the client, which loads the reader of answers with its first call; and that reader by itself. */
function bundleOurs(folder: string): void {
  for (const module of ['client', 'read-answer']) {
    mkdirSync(path.join(folder, module));
    const files = bundle(path.join(import.meta.dirname, `../../functions/shared/customsend/${module}.ts`));
    for (const [file, code] of files) writeFileSync(path.join(folder, module, file), code);
  }
}

/** Microseconds of CPU time per call, the lower quartile of all rounds: what else the machine does can only add to a round. */
async function measureCpu(url: string, folder: string): Promise<Record<string, number>> {
  const entries = Object.entries(callers(folder));
  const measured = await Promise.all(entries.map(async ([name, make]) => ({ name, call: await make(url), rounds: [] as number[] })));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const { call, rounds } of measured) {
      const start = process.cpuUsage();
      for (let index = 0; index < CALLS_PER_ROUND; index++) await call();
      const { user, system } = process.cpuUsage(start);
      if (round >= WARM_UP_ROUNDS) rounds.push((user + system) / CALLS_PER_ROUND);
    }
  }
  return Object.fromEntries(measured.map(({ name, rounds }) => [name, quantile(rounds, 1 / 4)]));
}

/** Milliseconds from loading to the end of the first call, in processes of their own. */
function measureFirst(name: string, url: string, folder: string): number {
  const run = () => Number(execFileSync(process.execPath, [import.meta.filename, 'first', name, url, folder], { encoding: 'utf8' }));
  return quantile([run(), run(), run(), run(), run()], 1 / 2);
}

async function printFirstCall(name: string, url: string, folder: string): Promise<void> {
  const make = callers(folder)[name];
  const start = performance.now();
  await (await make?.(url))?.();
  process.stdout.write(String(performance.now() - start), () => process.exit(0));
}

function report(cpu: Record<string, number>, first: Record<string, number>): void {
  const floor = cpu['node:http'] as number;
  const row = (name: string) => ({
    'CPU us': Math.round(cpu[name] as number),
    ratio: round(cpu[name], floor),
    'first call ms': Math.round(first[name] as number),
  });
  console.table(Object.fromEntries(Object.keys(cpu).map((name) => [name, row(name)])));
  const ours = cpu['ours, http-post'] as number;
  const failures = [
    ours > 1.8 * floor && `A call costs ${round(ours, floor)} times raw node:http; 1.8 is the most.`,
    first.soap !== undefined &&
      (first['ours, http-post'] as number) > first.soap / 3 &&
      `The first call takes ${round(first['ours, http-post'], first.soap)} of soap's; a third is the most.`,
    cpu.soap !== undefined && ours > cpu.soap / 3 && `A call costs ${round(ours, cpu.soap)} of soap; a third is the most.`,
  ].filter(Boolean);
  for (const failure of failures) console.log(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function round(value: number | undefined, unit: number): number {
  return Math.round((100 * (value ?? Number.NaN)) / unit) / 100;
}

function quantile(values: number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] as number;
}
