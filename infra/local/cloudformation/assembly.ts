import { spawn } from 'node:child_process';
import { createHash, hash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LocalSettings } from '../settings.ts';
import type { Assembly, Template } from './template.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const cache = join(root, 'node_modules/.cache/assemblies');
/** The functions' code by the sources that it was made of: it is the same whatever the settings are. */
const bundles = join(root, 'node_modules/.cache/bundles');
/** Everything that an assembly is made of, pages that functions serve among them. The rest of infra/local only runs it. */
const SOURCES = ['*.json', '*.md', 'functions/**/*.*', 'infra/*.*', 'infra/!(local)/**/*.*', 'infra/local/cloudformation/*.ts'];
/** Assemblies of other settings and sources that are kept, and bundles of other sources. */
const KEPT = { assemblies: 40, bundles: 3 };

/**
 * The assembly of the stack with these settings: from the cache if its sources are unchanged, else made by a process that ends, and with
 * it the memory that the CDK and esbuild take.
 * @throws Error with what is wrong, naming the setting
 */
export async function loadAssembly(settings: LocalSettings): Promise<Assembly> {
  const { PORT, SANDBOX_PORT, STAGE_PATH, DATA_DIR, PROVIDER_URL, PROVIDER_TOKEN, ACCESS_KEYS, ...made } = settings;
  const sources = hashOfSources();
  const folder = join(cache, hash('sha256', JSON.stringify([sources, made])).slice(0, 32));
  if (!existsSync(folder)) await make(folder, JSON.stringify(made), join(bundles, sources));
  utimesSync(folder, new Date(), new Date());
  const { template, assets } = JSON.parse(readFileSync(join(folder, 'assembly.json'), 'utf8')) as {
    template: Template;
    assets: Record<string, string>;
  };
  return { template, assets: new Map(Object.entries(assets).map(([key, path]) => [key, join(folder, path)])) };
}

function hashOfSources(): string {
  const sources = createHash('sha256').update(process.version);
  for (const file of globSync(SOURCES, { cwd: root }).sort()) sources.update(`${file}\n`).update(readFileSync(join(root, file)));
  return sources.digest('hex').slice(0, 32);
}

async function make(folder: string, settings: string, kept: string): Promise<void> {
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(unfinished, { recursive: true });
  const builder = join(import.meta.dirname, 'build-assembly.ts');
  const child = spawn(process.execPath, [builder, unfinished, settings, kept], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const [printed, code] = await Promise.all([text(child.stderr), new Promise((ended) => child.on('close', ended))]);
  if (code !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(printed.trim() || `The stack could not be built: its process ended with ${code}`);
  }
  // Another process may have made the same meanwhile.
  if (existsSync(folder)) rmSync(unfinished, { recursive: true, force: true });
  else renameSync(unfinished, folder);
  prune(cache, KEPT.assemblies);
  prune(bundles, KEPT.bundles);
}

function prune(folder: string, kept: number): void {
  const folders = readdirSync(folder).map((name) => ({ path: join(folder, name), used: statSync(join(folder, name)).mtimeMs }));
  const old = folders.toSorted((one, other) => other.used - one.used).slice(kept);
  for (const { path } of old) rmSync(path, { recursive: true, force: true });
}
