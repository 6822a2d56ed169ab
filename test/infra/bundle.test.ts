import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleOf, entryOf, splitting } from '../../infra/bundle.ts';
import { dev, prod } from '../../infra/stages.ts';
import { bundlePathOf, functionName, functionsOf, synthesise } from './template.ts';

const root = new URL('../..', import.meta.url).pathname;

/** The files that go into a function, from the repository's root: into all of its bundle, and into what a cold start reads. */
function inputsOf(name: string): { all: string[]; atStart: string[] } {
  const { metafile } = buildSync({ ...splitting, entryPoints: { index: entryOf(name) }, outdir: root, write: false, metafile: true });
  const inputs = (file: string) => Object.keys(metafile.outputs[file]?.inputs ?? {}).map((input) => relative(root, resolve(input)));
  const atStart = new Set<string>();
  const visit = (file: string): void => {
    if (atStart.has(file)) return;
    atStart.add(file);
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) if (kind === 'import-statement') visit(path);
  };
  visit(Object.keys(metafile.outputs).find((file) => file.endsWith('index.cjs')) ?? '');
  return { all: Object.keys(metafile.outputs).flatMap(inputs), atStart: [...atStart].flatMap(inputs) };
}

describe.each([dev, prod])('the assets of $name', (settings) => {
  const { folder, template } = synthesise(settings);
  afterAll(() => rmSync(folder, { recursive: true }));
  const assets = functionsOf(template).map(([, resource]) => ({
    name: functionName(resource),
    asset: dirname(bundlePathOf(folder, resource)),
  }));

  test.each(assets)('$name is made of its own folder, shared code and packages', ({ name, asset }) => {
    const deployed = new Map(readdirSync(asset).map((file) => [file, readFileSync(join(asset, file), 'utf8')]));
    expect(deployed).toEqual(new Map(bundleOf(name)));
    const { all } = inputsOf(name);
    expect(all).toContain(`functions/${name}/handler.ts`);
    const foreign = all.filter((input) => !new RegExp(`^functions/(${name}|shared)/|(^|/)node_modules/|\\.md$`).test(input));
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

  /** See COLD-START.md. */
  test.each(['api', 'dispatch'])('a cold start of %s reads no reader of XML, and no client of queues or secrets', (name) => {
    const { all, atStart } = inputsOf(name);
    const rarelyNeeded = /node_modules\/(saxes|fast-xml-parser|@aws-sdk\/client-(sqs|secrets-manager))\//;
    expect(all.filter((input) => rarelyNeeded.test(input)).length).toBeGreaterThan(10);
    expect(atStart.filter((input) => rarelyNeeded.test(input))).toEqual([]);
  });

  /** See COLD-START.md: such regular expressions are written with escapes, or made by lazyRegExp. */
  test.each(['api', 'dispatch'])('the start of %s is in ASCII, and has V8 look up no classes of Unicode', (name) => {
    const start = bundleOf(name).get('index.cjs') ?? '';
    expect(start.match(/.{0,20}[^\0-\x7f].{0,20}/g)).toBeNull();
    // As texts they may stand there: String.raw, or with the backslash doubled.
    const literals = start.replaceAll(/String\.raw\x60[^\x60]*\x60/g, '');
    expect(literals.match(/.{20}[^\\]\\p\{\w+\}.{20}/g)).toBeNull();
  });
});
