import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiRoutes } from '../../functions/api/routes.ts';
import { PROBLEM_TYPES } from '../../functions/shared/problem/problem.ts';
import { anchorsOf, codeOf, linksOf, type Page, readPages, root } from './markdown.ts';

const pages = readPages();
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pageAt = (path: string) => pages.find((page) => page.path === path) as Page;

describe.each(pages)('$path', (page) => {
  it('links to files and headings that are there', () => {
    const broken = linksOf(page).filter(({ path, anchor }) => {
      if (anchor === undefined) return !existsSync(join(root, path));
      const target = pages.find((other) => other.path === path);
      return !target || !anchorsOf(target).includes(anchor);
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it('names files and scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const missing = codeOf(page).filter((code) => {
      const script = /^npm run ([\w:-]+)/.exec(code)?.[1];
      if (script !== undefined) return !Object.hasOwn(scripts, script);
      return /^(functions|infra|test|\.ci)\/[\w./-]+$/.test(code) && !existsSync(join(root, code));
    });
    expect(missing).toEqual([]);
  });
});

it('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    const page = pages.find((other) => other.path === path);
    for (const link of page ? linksOf(page) : []) if (link.path.endsWith('.md')) reached.add(link.path);
  }
  expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});

it('the README has at most 180 lines', () => {
  expect(pageAt('README.md').text.split('\n').length - 1).toBeLessThanOrEqual(180);
});

/** What a page has to name, each as code: `a`. */
const named: { what: string; page: string; names: string[] }[] = [
  {
    what: 'variable of the local system',
    page: 'infra/local/README.md',
    names: matches(/z\.object\(\{\n([\s\S]*?)\n\}\)/.exec(read('infra/local/settings.ts'))?.[1] ?? '', /^ {2}([A-Z_]+):/gm),
  },
  {
    what: 'bench',
    page: 'README.md',
    names: matches(/BENCHES[^{]*\{\n([\s\S]*?)\n\};/.exec(read('test/bench/run.ts'))?.[1] ?? '', /^ {2}(\w+):/gm).map(
      (name) => `\`${name}\``,
    ),
  },
  {
    what: 'type of problem, with its status,',
    page: 'functions/shared/problem/README.md',
    names: Object.entries(PROBLEM_TYPES).map(([type, { status }]) => `\n## ${type}\n\n${status}. `),
  },
  { what: 'route', page: 'functions/api/README.md', names: apiRoutes.map(({ path }) => path) },
  {
    what: 'reason to refuse a file',
    page: 'functions/uploads/README.md',
    names: globSync('functions/**/*.ts', { cwd: root }).flatMap((path) => matches(read(path), /RefusedFile\(\s*'([\w-]+)'/g)),
  },
  {
    what: 'magic phone',
    page: 'functions/sandbox/README.md',
    names: matches(read('functions/sandbox/scenarios.ts'), /['"](199000000\d\d)['"]/g),
  },
];

it.each(named)('every $what stands in $page', ({ page, names }) => {
  expect(names.length).toBeGreaterThan(4);
  const { text } = pageAt(page);
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
});

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, name = '']) => name);
}
