import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundle } from '../../infra/bundle.ts';
import { type Caller, callers } from './callers.ts';

/**
 * CPU time of one provider call, and the time of the first, beside other ways to make it. All are measured in turns within
 * one run, so that the ratios hold whatever else the machine does. Calls are made one at a time, and ten at a time, as an execution of the
 * dispatch function makes them (it has 4 to 20 open).
 *
 * Ends with 1 when ours is dearer than it may be: 1.8 times raw `node:http`, in both ways; a third of `soap` ten at a time; a third of its
 * first call. One at a time, a third of `soap` leaves little more than raw `node:http` takes by itself, and reading each answer by two
 * parsers takes as much again, so that ratio is printed and not judged. A row shows what a call takes whose answer is not read.
 */
const ROUNDS = 150;
const WARM_UP_ROUNDS = 60;
const CALLS_PER_ROUND = 30;
const AT_A_TIME = [1, 10] as const;
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

/** Microseconds of CPU time per call, by the way in which the calls are made. */
type Cpu = Record<(typeof AT_A_TIME)[number], number>;

/** The lower quartile of all rounds: what else the machine does can only add to a round. */
async function measureCpu(url: string, folder: string): Promise<Record<string, Cpu>> {
  const entries = Object.entries(callers(folder));
  const measured = await Promise.all(
    entries.map(async ([name, make]) => ({ name, call: await make(url), rounds: { 1: [], 10: [] } as Rounds })),
  );
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const { call, rounds } of measured) {
      for (const atATime of AT_A_TIME) {
        const microseconds = await timeCalls(call, atATime);
        if (round >= WARM_UP_ROUNDS) rounds[atATime].push(microseconds);
      }
    }
  }
  return Object.fromEntries(measured.map(({ name, rounds }) => [name, { 1: quantile(rounds[1], 1 / 4), 10: quantile(rounds[10], 1 / 4) }]));
}

type Rounds = Record<keyof Cpu, number[]>;

async function timeCalls(call: Caller, atATime: number): Promise<number> {
  const start = process.cpuUsage();
  let left = CALLS_PER_ROUND;
  const callUntilDone = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: atATime }, callUntilDone));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / CALLS_PER_ROUND;
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

function report(cpu: Record<string, Cpu>, first: Record<string, number>): void {
  const of = (name: string, atATime: keyof Cpu) => cpu[name]?.[atATime];
  const row = (name: string) => ({
    'CPU us, one at a time': Math.round(of(name, 1) as number),
    'of raw': round(of(name, 1), of('node:http', 1)),
    'of soap': round(of(name, 1), of('soap', 1)),
    'CPU us, ten at a time': Math.round(of(name, 10) as number),
    'of raw ': round(of(name, 10), of('node:http', 10)),
    'of soap ': round(of(name, 10), of('soap', 10)),
    'first call ms': Math.round(first[name] as number),
  });
  console.table(Object.fromEntries(Object.keys(cpu).map((name) => [name, row(name)])));
  const ours = 'ours, http-post';
  const dearer = AT_A_TIME.filter((atATime) => (of(ours, atATime) as number) > 1.8 * (of('node:http', atATime) as number));
  const failures = [
    ...dearer.map(
      (atATime) =>
        `A call costs ${round(of(ours, atATime), of('node:http', atATime))} times raw node:http, ${atATime} at a time; 1.8 is the most.`,
    ),
    first.soap !== undefined &&
      (first[ours] as number) > first.soap / 3 &&
      `The first call takes ${round(first[ours], first.soap)} of soap's; a third is the most.`,
    cpu.soap !== undefined &&
      (of(ours, 10) as number) > cpu.soap[10] / 3 &&
      `A call costs ${round(of(ours, 10), cpu.soap[10])} of soap, ten at a time; a third is the most.`,
  ].filter(Boolean);
  for (const failure of failures) console.log(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function round(value: number | undefined, unit: number | undefined): number {
  return Math.round((100 * (value ?? Number.NaN)) / (unit ?? Number.NaN)) / 100;
}

function quantile(values: number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] as number;
}
