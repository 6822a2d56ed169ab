import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { bundling, entryOf } from '../../infra/function.ts';
import { dev, prod } from '../../infra/stages.ts';
import { bundlePathOf, functionName, functionsOf, synthesise } from './template.ts';

const root = new URL('../..', import.meta.url).pathname;

/** A function's bundle built anew, and the files that went into it, from the repository's root. */
function build(name: string) {
  const { metafile, outputFiles } = buildSync({
    ...bundling,
    entryPoints: [entryOf(name)],
    outfile: 'index.cjs',
    write: false,
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  return { bytes: outputFiles[0]?.contents, inputs: inputs.map((input) => relative(root, input)) };
}

describe.each([dev, prod])('the assets of $name', (settings) => {
  const { folder, template } = synthesise(settings);
  afterAll(() => rmSync(folder, { recursive: true }));
  const assets = functionsOf(template).map(([, resource]) => ({
    name: functionName(resource),
    deployed: readFileSync(bundlePathOf(folder, resource)),
  }));

  test.each(assets)('$name is made of its own folder, shared code and packages', ({ name, deployed }) => {
    const { bytes, inputs } = build(name);
    expect(deployed.equals(bytes ?? new Uint8Array())).toBe(true);
    expect(inputs).toContain(`functions/${name}/handler.ts`);
    const foreign = inputs.filter((input) => !new RegExp(`^functions/(${name}|shared)/|(^|/)node_modules/`).test(input));
    expect(foreign).toEqual([]);
  });

  test('no function is left out, and production has no sandbox', () => {
    expect(assets.map(({ name }) => name).toSorted()).toEqual([
      'api',
      'dispatch',
      'events',
      ...(settings === prod ? [] : ['sandbox']),
      'sweep',
      'uploads',
    ]);
  });

  test('the api function stays under 600 KB', () => {
    expect(assets.find(({ name }) => name === 'api')?.deployed.length).toBeLessThan(600 * 1024);
  });
});
