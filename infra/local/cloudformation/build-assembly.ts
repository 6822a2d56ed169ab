/** Runs as a process of its own: `build-assembly.ts <folder> <settings as JSON> <folder of bundles>` leaves the assembly of the stack in the folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalSettings } from '../settings.ts';
import { keepBundles, takeBundles } from './kept-bundles.ts';
import { localStage } from './local-stage.ts';
import { synthesize } from './synthesis.ts';

const [folder = '', settings = '', bundles = ''] = process.argv.slice(2);
try {
  takeBundles(bundles);
  const assembly = synthesize(localStage(JSON.parse(settings) as LocalSettings), folder);
  writeFileSync(join(folder, 'assembly.json'), JSON.stringify(assembly));
  keepBundles(bundles);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
