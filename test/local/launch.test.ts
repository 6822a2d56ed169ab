import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from './fixture.ts';

const lock = (integrity: string) =>
  JSON.stringify({
    packages: { '': { name: 'x' }, 'node_modules/a': { integrity }, 'node_modules/other-platform': { integrity: 'o', optional: true } },
  });
const record = (integrity: string) => JSON.stringify({ packages: { 'node_modules/a': { integrity } } });

let data: ReturnType<typeof temporaryFolder>;
let path: (...parts: string[]) => string;

/** A clone with a launcher, a lock file, and an `npm` that writes down how it was called and leaves what npm leaves. */
beforeEach(() => {
  data = temporaryFolder();
  path = (...parts) => join(data.folder, ...parts);
  mkdirSync(path('infra/local'), { recursive: true });
  mkdirSync(path('bin'));
  copyFileSync(join(import.meta.dirname, '../../infra/local/launch.js'), path('infra/local/launch.js'));
  writeFileSync(path('package.json'), '{"type":"module"}');
  writeFileSync(path('package-lock.json'), lock('1'));
  writeFileSync(
    path('bin/npm'),
    `#!/bin/sh\necho "$@" >> ${path('npm-calls')}\nmkdir -p node_modules/.bin\nln -sf ${process.execPath} node_modules/.bin/node\ncp record node_modules/.package-lock.json\n`,
  );
  chmodSync(path('bin/npm'), 0o755);
  writeFileSync(path('record'), record('1'));
});
afterEach(() => data.remove());

function launch(script: string, signal?: NodeJS.Signals): Promise<{ code: number | null; output: string }> {
  writeFileSync(path('script.js'), script);
  const child = spawn(process.execPath, [path('infra/local/launch.js'), 'script.js', 'argument'], {
    env: { PATH: `${path('bin')}:/usr/bin:/bin` },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
      if (signal && output.includes('waiting')) child.kill(signal);
    });
  }
  return once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
}

function installed(integrity: string): void {
  mkdirSync(path('node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, path('node_modules/.bin/node'));
  writeFileSync(path('node_modules/.package-lock.json'), record(integrity));
}

it('installs what is missing, says so, and runs the script with its arguments', async () => {
  const { code, output } = await launch('console.log("ran", process.argv[2]); process.exit(7)');
  expect(output).toMatch(/Installing packages \(npm ci\).*ran argument/s);
  expect(code).toBe(7);
});

it('installs nothing when everything is there, packages for other platforms aside', async () => {
  installed('1');
  expect((await launch('console.log("ran")')).output).toBe('ran\n');
  expect(existsSync(path('npm-calls'))).toBe(false);
});

it('installs again when the lock file asks for something else', async () => {
  installed('0');
  expect((await launch('console.log("ran")')).output).toMatch(/Installing/);
  expect(existsSync(path('npm-calls'))).toBe(true);
});

it('passes a signal on, and the exit code back', async () => {
  installed('1');
  const script = 'process.on("SIGINT", () => process.exit(5)); console.log("waiting"); setTimeout(() => {}, 10_000)';
  expect((await launch(script, 'SIGINT')).code).toBe(5);
});

it('ends with 128 and the signal when the script dies of one', async () => {
  installed('1');
  expect((await launch('process.kill(process.pid, "SIGKILL")')).code).toBe(137);
});

it('runs without Node of the packages when its own is new enough', async () => {
  installed('1');
  rmSync(path('node_modules/.bin/node'));
  expect((await launch('console.log("ran")')).output).toBe('ran\n');
});
