import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Commands of a page up to the comment that says what they answer. */
export interface Step {
  commands: string;
  /** HTTP status of the last curl; without one, or with `2xx`, any success. */
  status: string;
  /** What the output holds. */
  contains: string[];
}

/** `# 201 with "a" and "b"`, `# 200`, or, for what is no curl, `# prints "a"`. `# again: 200` is what the same commands answer next. */
const EXPECTATION = /^# (?<again>again: )?(?:(?<status>\d{3}|2xx)(?: with (?<holds>.+))?|prints (?<prints>.+))$/;

/** Reads the steps of a block. */
export function stepsOf(block: string): Step[] {
  const steps: Step[] = [];
  let lines: string[] = [];
  const end = (status = '2xx', holds = '') => {
    const commands = lines.join('\n').trim();
    if (commands !== '') steps.push({ commands, status, contains: holds === '' ? [] : holds.split(' and ') });
    lines = [];
  };
  for (const line of block.split('\n')) {
    const { again, status, holds, prints } = EXPECTATION.exec(line)?.groups ?? {};
    if (again) lines = (steps.at(-1)?.commands ?? '').split('\n');
    if (status || prints) end(status, holds ?? prints);
    else lines.push(line);
  }
  end();
  return steps;
}

/** What a step did. */
export interface Result {
  /** HTTP statuses of its curls, in their order. */
  statuses: string[];
  output: string;
  errors: string;
  /** Whether it was begun: a step that fails ends the page. */
  begun: boolean;
  /** Whether it came to its end. */
  ended: boolean;
}

/** By this word the wrapped curl tells its status, also where a page keeps the output to itself. */
const STATUS = /^PAGE-STATUS (\d{3})$/gm;

/**
 * Runs the steps of a page in one shell, as they would be pasted one after another: variables and files stay. A step that fails ends it.
 * @param folder an empty one, in which the commands run
 * @param environment of the shell, with a PATH
 */
export async function runSteps(steps: readonly Step[], folder: string, environment: Record<string, string>): Promise<Result[]> {
  const [bin, run] = [join(folder, '.bin'), join(folder, '.run')];
  for (const path of [bin, run]) mkdirSync(path);
  const { PATH = '' } = environment;
  writeFileSync(join(bin, 'curl'), `#!/bin/sh\nPATH='${PATH}' exec curl "$@" --write-out '%{stderr}PAGE-STATUS %{http_code}\\n'\n`);
  chmodSync(join(bin, 'curl'), 0o755);
  const file = (index: number, stream: 'out' | 'err') => join(run, `${index}.${stream}`);
  const script = steps.map(({ commands }, index) => `exec >${file(index, 'out')} 2>${file(index, 'err')}\n${commands}\n`);
  writeFileSync(join(run, 'script'), script.join(''));
  const env = { ...environment, PATH: bin + delimiter + PATH };
  const child = spawn('bash', ['-e', join(run, 'script')], { cwd: folder, env, stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number | null];
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return steps.map((_, index) => {
    const begun = existsSync(file(index, 'out'));
    const ended = begun && (index + 1 < steps.length ? existsSync(file(index + 1, 'out')) : code === 0);
    const errors = read(file(index, 'err'));
    const statuses = Array.from(errors.matchAll(STATUS), ([, status = '']) => status);
    return { statuses, output: read(file(index, 'out')), errors: errors.replaceAll(STATUS, '').trim(), begun, ended };
  });
}
