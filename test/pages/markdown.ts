import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** A fenced block of a page. */
export interface Fence {
  /** The first word behind the fence; empty without one. */
  language: string;
  text: string;
  /** The nearest heading above it. */
  heading: string;
  /** Of its first line, from 1. */
  line: number;
}

/** A Markdown file of the repository. */
export interface Page {
  /** Relative to the root of the repository. */
  path: string;
  text: string;
  fences: Fence[];
}

const FENCE = /^ *```(.*)$/;
const HEADING = /^#{1,6} +(.*?) *$/;

/** Every page of the repository, the README first. */
export function readPages(): Page[] {
  const exclude = (path: string) => /(^|\/)(node_modules|cdk\.out|\.[^/]+)$/.test(path);
  const others = globSync('**/*.md', { cwd: root, exclude }).filter((path) => path !== 'README.md');
  return ['README.md', ...others.toSorted()].map(readPage);
}

function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const fences: Fence[] = [];
  let heading = '';
  let open: Fence | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (open && fence) {
      fences.push(open);
      open = undefined;
    } else if (open) {
      open.text += `${line}\n`;
    } else if (fence) {
      open = { language: fence[1]?.trim() ?? '', text: '', heading, line: index + 2 };
    } else {
      heading = HEADING.exec(line)?.[1] ?? heading;
    }
  }
  if (open) throw new Error(`${path}:${open.line}: this fence is not closed.`);
  return { path, text, fences };
}

/** What stands outside of the fences. */
function proseOf({ text, fences }: Page): string {
  const fenced = new Set(fences.flatMap((fence) => fence.text.split('\n').map((_, index) => fence.line - 1 + index)));
  return text
    .split('\n')
    .filter((_, index) => !fenced.has(index))
    .join('\n');
}

/** What stands in backticks outside of the fences. */
export function codeOf(page: Page): string[] {
  return Array.from(proseOf(page).matchAll(/`([^`\n]+)`/g), ([, code = '']) => code);
}

/** A link of a page to another file or heading of the repository. */
export interface Link {
  target: string;
  /** Relative to the root of the repository; of the page itself for a mere `#heading`. */
  path: string;
  anchor: string | undefined;
}

/** Links out of the repository are left out. */
export function linksOf(page: Page): Link[] {
  const targets = Array.from(proseOf(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page.path : relative(root, join(root, dirname(page.path), file));
      return { target, path, anchor };
    });
}

/** The anchors of a page's headings, as Git hosts make them. */
export function anchorsOf(page: Page): string[] {
  const headings = proseOf(page)
    .split('\n')
    .flatMap((line) => HEADING.exec(line)?.[1] ?? []);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
