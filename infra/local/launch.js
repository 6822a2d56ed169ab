/**
 * Runs a script on Node 24, whatever Node 20 or later the machine has, and installs what is missing first:
 * `node infra/local/launch.js [options of Node] <script> [arguments]`. Plain JavaScript without packages, since neither may be there yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const WANTED_MAJOR = 24;

/** What npm has put into node_modules (its own record, which it writes last) is what the lock file asks for. */
function installed() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const present = packagesOf(record);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(([path, { integrity, optional }]) => {
    if (path === '') return true;
    return present[path] ? present[path].integrity === integrity : optional === true;
  });
}

const packagesOf = (lock) => JSON.parse(readFileSync(lock, 'utf8')).packages;

function install() {
  console.error('Installing packages (npm ci), once, about half a minute ...');
  const begun = performance.now();
  // Warnings are about other machines, and about packages that want a newer Node, which is among them. Errors are shown.
  const quiet = ['ci', '--loglevel=error'];
  const { status, error } = spawnSync('npm', quiet, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error) fail(`npm could not be started: ${error.message}`);
  if (status !== 0) fail('npm ci failed; see above.');
  console.error(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  packages are installed`);
}

/** Node 24 of the packages, else the Node that runs this. */
function node() {
  const own = join(root, 'node_modules/.bin/node');
  if (existsSync(own) && spawnSync(own, ['--version']).status === 0) return own;
  if (Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR) return process.execPath;
  return fail(
    `Node ${WANTED_MAJOR} is needed: the packages bring it for Linux on x64 and arm64 only, and this is ${process.platform} on ` +
      `${process.arch} with Node ${process.versions.node}. Install Node ${WANTED_MAJOR} and try again.`,
  );
}

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}

const [script, ...rest] = process.argv.slice(2);
if (!script) fail('Usage: node infra/local/launch.js [options of Node] <script> [arguments]');
if (!installed()) install();

// What is compiled once is kept: the next start takes half the time.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/compiled');
// Each thread would else have an arena of glibc's allocator of its own, of which little comes back when it ends.
process.env.MALLOC_ARENA_MAX ??= '2';
// The CDK's own check of a template takes longer than all else that makes one; `npm run synth` makes it for every stage that is deployed.
process.env.CDK_VALIDATION ??= 'false';
const child = spawn(node(), [script, ...rest], { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
