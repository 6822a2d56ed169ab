import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSystem } from '../../infra/local/system.ts';
import { startStack } from '../support/stack.ts';
import { EXCEPTIONS, exceptionOf } from './exceptions.ts';
import { type Fence, type Page, readPages } from './markdown.ts';
import { isInstalled, isSampleLanguage, runSample, SAMPLE_LANGUAGES } from './samples.ts';
import { type Result, runSteps, type Step, stepsOf } from './shell.ts';

/** Fences that are only shown. One in any other language would be run by nothing. */
const SHOWN = ['', 'mermaid', 'json', 'ts'];

const pages = readPages();
const allFences = pages.flatMap((page) => page.fences.map((fence) => ({ ...fence, at: `${page.path}:${fence.line}` })));
const isThere = (program: string) => spawnSync(program, ['--version']).status === 0;

const shellIsThere = isThere('bash') && isThere('curl');
if (!shellIsThere) console.warn('SKIPPED: the commands of the pages are not run, there is no bash or no curl.');
const awsIsThere = isThere('aws');
if (!awsIsThere) console.warn('SKIPPED: sections of pages with commands of the AWS CLI are not run, there is no aws.');

describe('fences of the pages', () => {
  it('are in languages that are run, or known to be only shown', () => {
    const others = allFences.filter(({ language }) => ![...SHOWN, 'sh', ...SAMPLE_LANGUAGES].includes(language));
    expect(others.map(({ at, language }) => `${at} ${language}`)).toEqual([]);
  });

  it.each(EXCEPTIONS)('$line is not run: $reason', ({ line, check }) => {
    const lines = allFences.flatMap(({ text }) => text.split('\n')).filter((text) => line.test(text));
    expect(lines).not.toEqual([]);
    for (const found of lines) check(found);
  });
});

/** The commands of a page that can be run here, without sections that need what is not installed. */
function stepsOfPage({ fences }: Page): Step[] {
  const needsAws = (fence: Fence) => fence.language === 'sh' && /^\s*aws |\$\(aws /m.test(runnable(fence.text));
  const left = awsIsThere ? [] : fences.filter(needsAws).map(({ heading }) => heading);
  const shell = fences.filter(({ language, heading }) => language === 'sh' && !left.includes(heading));
  return shell.flatMap(({ text }) => stepsOf(runnable(text)));
}

function runnable(text: string): string {
  return text
    .split('\n')
    .filter((line) => !exceptionOf(line))
    .join('\n');
}

/** Puts the addresses of a running system where a page has those of `npm start`. */
function at({ api, sandbox }: LocalSystem, text: string): string {
  return text.replaceAll('http://127.0.0.1:3000', api).replaceAll('http://127.0.0.1:4000', sandbox);
}

/** What the shell of a reader has who pasted the line for the AWS CLI, and nothing else about AWS. */
function environmentOf({ eventBridge, scheduler, sqs }: LocalSystem): Record<string, string> {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8' } = process.env;
  return {
    ...{ PATH, HOME, LANG, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    ...{ AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge, AWS_ENDPOINT_URL_SCHEDULER: scheduler, AWS_ENDPOINT_URL_SQS: sqs },
  };
}

const missing = SAMPLE_LANGUAGES.filter((language) => !isInstalled(language));
for (const language of missing) console.warn(`SKIPPED: samples in ${language} are not run, what they need is not installed.`);

const samplesOf = ({ fences }: Page) =>
  fences.flatMap(({ language, text, line }) =>
    isSampleLanguage(language) ? [{ language, text, line, left: missing.includes(language) }] : [],
  );

const runnablePages = pages
  .map((page) => ({ path: page.path, steps: shellIsThere ? stepsOfPage(page) : [], samples: samplesOf(page) }))
  .filter(({ steps, samples }) => steps.length + samples.length > 0);

describe.each(runnablePages)('$path, tried out as it stands', ({ steps, samples }) => {
  let system: LocalSystem;
  let results: Result[];
  const folder = mkdtempSync(join(tmpdir(), 'sms-pages-'));
  beforeAll(async () => {
    system = await startStack();
    const local = steps.map((step) => ({ ...step, commands: at(system, step.commands) }));
    results = await runSteps(local, folder, environmentOf(system));
  }, 300_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await system?.stop();
  });

  if (steps.length > 0) {
    it.each(steps.map((step, index) => ({ ...step, index })))('$commands', ({ index, status, contains }) => {
      const { statuses, output, errors, begun, ended } = results[index] as Result;
      if (!begun) throw new Error('A command before it failed.');
      expect(ended, errors).toBe(true);
      const wanted = statuses.map((_, number) => (number === statuses.length - 1 && status !== '2xx' ? RegExp(`^${status}$`) : /^[23]/));
      expect(statuses, output).toEqual(wanted.map((pattern) => expect.stringMatching(pattern)));
      for (const text of contains) expect(output).toContain(text);
    });
  }

  for (const { language, text, line, left } of samples) {
    it.skipIf(left)(`the sample on line ${line} in ${language} sends`, { timeout: 120_000 }, async () => {
      const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
      const printed = await runSample(language, at(system, text), folder, { ...environmentOf(system), ...keys });
      expect(printed).toMatch(/^201 .*completed/);
    });
  }
});
