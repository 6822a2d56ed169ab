import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './markdown.ts';

/**
 * Words of an earlier, private language, and the field's words in their place (functions/shared/GLOSSARY.md). A letter in brackets keeps
 * this file out of its own search.
 */
const REPLACED: [pattern: string, instead: string][] = [
  ['owe[ds]', 'outbox'],
  ['erran[d]s?', 'events queue'],
  ['wak[e]-?ups?', 'dispatch message'],
  ['strange[r]s?', 'unauthorised sources'],
  ['(?:wak[e]s?|woken) up (?:a|the|its|one) (?:function|dispatch|run)', 'invokes, queues'],
  ['patienc[e]', 'time budget'],
  ['hurt[s]', 'impact'],
  ['happenin[g]s?', 'random actions'],
  ['participan[t]s?', 'worker client'],
  ['clockwor[k]', 'clock context'],
  ['surrounding[s]', 'clock context'],
  ['tria[l]', 'half-open probe, dry run'],
  ['chronicl[e]s?', 'history'],
  ['(whoeve|nobod|somebod|anybod)[ry]', 'the caller, the function, the reader: who it is'],
  ['so man[y]', 'this number of, the most, how many'],
  ['so muc[h]', 'how much, too much'],
  ['what becam[e] of', 'the outcome of'],
  ['who has non[e]', 'without one'],
  ['who ask[s]', 'the caller'],
];

/** Names of earlier types, functions and constants, which are common words outside of code. */
const REPLACED_NAMES: [pattern: string, instead: string][] = [
  ['#?[Ss]hel[f]', 'collection'],
  ['Take[r]', '...Deps'],
  ['Splitte[r]', '...Deps'],
  ['Cutte[r]', 'Batcher'],
  ['Chronicl[e]', 'history'],
  ['announc[e](?=\\()', 'publish, show'],
  ['fat[e]s?', 'scenarios'],
  ['Plac[e]', 'what it is: place is that of a wrong field'],
  ['(?:#?)plac[e](?=\\()', 'create, accept: place is that of a wrong field'],
  ['cu[t](?=\\()', 'batch, divide'],
  ['(?:const|let) orde[r]', 'request, body'],
  ['Worl[d]', 'harness, configuration'],
  ['Cre[w]', 'workers'],
  ['Tur[n]', 'rate reservation, pending request'],
  ['Shu[t]', 'hold'],
];

const paths = ['functions', 'infra', 'test'].flatMap((folder) => globSync(`${folder}/**/*.{ts,md}`, { cwd: root }));
/** Runs the code of an earlier commit too, by the names that it had. */
const EARLIER_NAMES = 'test/bench/single-run.ts';

const lines = ['README.md', ...paths.filter((path) => path !== EARLIER_NAMES)].flatMap((path) =>
  readFileSync(join(root, path), 'utf8')
    .split('\n')
    .map((text, index) => ({ text, at: `${path}:${index + 1}` })),
);

/** The words of a name apart: `jobContext` as `job-Context`, `JOB_CONTEXT` as `JOB-CONTEXT`. */
const apart = (text: string) => text.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '-').replaceAll('_', '-');
const found = (pattern: RegExp, textOf: (text: string) => string) =>
  lines.filter(({ text }) => pattern.test(textOf(text))).map(({ at, text }) => `${at} ${text.trim()}`);

describe('words that the glossary replaced', () => {
  it.each(REPLACED)('%s: %s', (pattern) => {
    const word = RegExp(`\\b${pattern}\\b`, 'i');
    expect(found(word, apart)).toEqual([]);
  });

  it.each(REPLACED_NAMES)('%s, as a name: %s', (pattern) => {
    const name = RegExp(`(?<![\\w-])${pattern}(?![\\w-])`);
    expect(found(name, (text) => text).filter((line) => /^\S+\.ts:/.test(line))).toEqual([]);
  });
});
