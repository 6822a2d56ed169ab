import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundles, writeBundle } from '../../bundle.ts';

/** Takes the bundles that were kept in a folder for those of this process: of stacks of the same sources they are the same. */
export function takeBundles(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const files = readdirSync(join(folder, name)).map((file) => [file, readFileSync(join(folder, name, file), 'utf8')] as const);
    bundles.set(name, new Map(files));
  }
}

/** Keeps the bundles of this process in a folder, unless it is there already. The folder appears as a whole or not at all. */
export function keepBundles(folder: string): void {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.${randomUUID()}`;
  for (const name of bundles.keys()) {
    mkdirSync(join(unfinished, name), { recursive: true });
    writeBundle(name, join(unfinished, name));
  }
  // Another process may have kept the same meanwhile.
  if (existsSync(folder)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, folder);
}
