import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Ready } from '../support/stack.ts';

const root = join(import.meta.dirname, '..', '..');

/** `npm start` of a checkout, with data of its own. */
export interface Started extends Ready {
  /** From the command to the line that says so, in seconds. */
  readyAfter: number;
  /** Memory of npm and of everything below it, in MB: the sum of what each process has resident. */
  memory(): number;
  stop(): Promise<void>;
}

/** @throws Error with what was printed if it ends before it is ready */
export async function npmStart(checkout: string = root): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'sms-load-'));
  const begun = performance.now();
  const env = { ...process.env, PORT: '0', SANDBOX_PORT: '0', DATA_DIR: folder };
  const npm = spawn('npm', ['start'], { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((done) => npm.once('close', () => done()));
  const ready = await readyLine(npm);
  return {
    ...ready,
    readyAfter: (performance.now() - begun) / 1000,
    memory: () => treeOf(npm.pid ?? 0).reduce((sum, pid) => sum + residentOf(pid), 0),
    async stop() {
      process.kill(ready.pid, 'SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readyLine(npm: ChildProcess): Promise<Ready> {
  const printed: string[] = [];
  return new Promise((found, failed) => {
    for (const stream of [npm.stdout, npm.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        printed.push(line);
        if (line.startsWith('READY ')) found(JSON.parse(line.slice(6)) as Ready);
      });
    }
    npm.once('close', () => failed(new Error(printed.join('\n'))));
  });
}

/** A process and all below it. */
function treeOf(pid: number): number[] {
  const children = globSync(`/proc/${pid}/task/*/children`).flatMap((file) => read(file).split(' ').filter(Boolean).map(Number));
  return [pid, ...children.flatMap(treeOf)];
}

const residentOf = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

/** A process may end while it is looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** An earlier commit in a folder of its own, with the packages of this one. @returns removes it */
export function checkOut(commit: string): { folder: string; remove(): void } {
  const folder = join(mkdtempSync(join(tmpdir(), 'sms-commit-')), 'checkout');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  git('worktree', 'add', '--detach', folder, commit);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => void git('worktree', 'remove', '--force', folder) };
}
