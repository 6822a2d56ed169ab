import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const SHARED = join(ROOT, 'functions', 'shared');

/** The rooms of functions/shared, each above all that it imports. A file of the folder itself is a room of its own. */
const FLOORS = [
  'base32.ts',
  'sha256.ts',
  'parallel.ts',
  'metrics.ts',
  'problem',
  'quiet-hours',
  'dynamodb',
  'caller',
  'customsend',
  'settings.ts',
  'asmx-server',
  'env',
  'queues',
  'message',
  'files',
  'job',
  'schedule',
  'dispatch',
  'usage',
  'send-request',
  'recipient-file',
  'event',
];

interface Import {
  from: string;
  to: string;
}

/** Every import of a file of this repository, by paths below the root. Types count: they tie files together as well. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:from|import|import\()\s*'(\.{1,2}\/[^']+\.ts)'/g)].map(([, path = '']) => join(dirname(file), path));
  return found.map((to) => ({ from: relative(ROOT, file), to: relative(ROOT, to) }));
}

const imports = globSync('{functions,infra}/**/*.ts', { cwd: ROOT }).flatMap((file) => importsOf(join(ROOT, file)));

const roomOf = (path: string): string => relative(SHARED, join(ROOT, path)).split(sep)[0] ?? '';
const isShared = (path: string): boolean => !relative(SHARED, join(ROOT, path)).startsWith('..');

test('each room of functions/shared imports only rooms that stand below it', () => {
  const upwards = imports
    .filter(({ from, to }) => isShared(from) && isShared(to) && roomOf(from) !== roomOf(to))
    .filter(({ from, to }) => FLOORS.indexOf(roomOf(from)) <= FLOORS.indexOf(roomOf(to)));
  expect(upwards).toEqual([]);
  const rooms = new Set(
    imports
      .map(({ from }) => from)
      .filter(isShared)
      .map(roomOf),
  );
  expect([...rooms].filter((room) => !FLOORS.includes(room))).toEqual([]);
});

test('functions import shared rooms and their own files; shared rooms import no function, and nothing imports the tests', () => {
  const folderOf = (path: string) => path.split(sep).slice(0, 2).join('/');
  const across = imports.filter(
    ({ from, to }) => from.startsWith('functions') && folderOf(from) !== folderOf(to) && folderOf(to) !== 'functions/shared',
  );
  expect(across).toEqual([]);
});

test('no files import each other in a circle', () => {
  const next = Map.groupBy(imports, ({ from }) => from);
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      circles.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of next.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test('no file is longer than 250 lines, and no object groups its fields by spreading another', () => {
  const files = globSync('{functions,infra}/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('schema.d.ts'));
  const texts = files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
  expect(texts.filter(({ text }) => text.split('\n').length > 251).map(({ file }) => file)).toEqual([]);
  expect(texts.filter(({ text }) => text.includes('...{ ') || text.includes('...{\n')).map(({ file }) => file)).toEqual([]);
});
